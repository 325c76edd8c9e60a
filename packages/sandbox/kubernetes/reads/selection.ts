import type { Resource } from '../resource.ts';
import { parseFieldSelector } from '../selectors/field-selector.ts';
import type { FieldMatcher } from '../selectors/field-selector.ts';
import { parseLabelSelector } from '../selectors/label-selector.ts';
import type { LabelMatcher } from '../selectors/label-selector.ts';
import type { KubeObject } from '../types.ts';

/** Which objects of a collection a request is about. */
export interface Selection {
  /** Start of the keys of the objects. */
  readonly prefix: string;
  readonly labels: LabelMatcher | undefined;
  readonly fields: FieldMatcher | undefined;
}

/** Reads the selectors of a request. */
export function selectionOf(resource: Resource, namespace: string | undefined, query: URLSearchParams): Selection {
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', resource.fields);
  const base = namespace === undefined ? '' : `${namespace}/`;
  const one = fields?.name !== undefined && (namespace !== undefined || !resource.namespaced);
  return {
    prefix: one ? `${base}${fields.name}` : base,
    labels: parseLabelSelector(query.get('labelSelector') ?? ''),
    fields: fields?.matches,
  };
}

/** Whether an object is selected; its key is taken to have the prefix. */
export function selects(selection: Selection, object: KubeObject): boolean {
  return (selection.labels?.(object.metadata.labels) ?? true) && (selection.fields?.(object) ?? true);
}
