import type { Subject } from './api-error.ts';
import type { FieldError } from './field-error.ts';
import type { Column } from './printing/table.ts';
import type { CompiledSchema } from './schema/compiled-schema.ts';
import type { FieldPaths } from './selectors/field-selector.ts';
import type { KubeObject } from './types.ts';

/** One kind of object under one group and version, as it is served. */
export interface Resource extends Subject {
  readonly version: string;
  readonly listKind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** The collection that holds the objects; several versions or groups may share one. */
  readonly collection: string;
  readonly verbs: readonly string[];
  /** Whether `/status` exists and the main resource leaves `status` alone. */
  readonly statusSubresource: boolean;
  /** Other subresources, for discovery. */
  readonly subresources: readonly { readonly name: string; readonly kind: string; readonly verbs: readonly string[] }[];
  /** Whether `metadata.generation` counts changes. */
  readonly countsGenerations: boolean;
  /** Whether PUT works without a resourceVersion. */
  readonly unconditionalUpdate: boolean;
  /** Whether strategic merge patches are taken. */
  readonly strategicMerge: boolean;
  readonly fields: FieldPaths;
  readonly columns: readonly Column[];
  readonly schema?: CompiledSchema;
  readonly custom: boolean;
  /** As what its objects go in errors about their fields; itself when missing. */
  readonly errorSubject?: Subject;
  /** From the served form to the stored one, and back. */
  readonly toStored?: (object: KubeObject) => KubeObject;
  readonly fromStored?: (object: KubeObject) => KubeObject;
  /** Why an object of a built-in kind cannot be decoded at all; it is in the served form. */
  readonly undecodable?: (object: KubeObject) => string | undefined;
  /** Fills in and checks objects of built-in kinds. */
  readonly prepare?: (object: KubeObject, old: KubeObject | undefined) => KubeObject;
  readonly check?: (object: KubeObject, old: KubeObject | undefined) => FieldError[];
}

/** `v1` or `group/version`. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The verbs of what can be stored, watched and deleted. */
export const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
