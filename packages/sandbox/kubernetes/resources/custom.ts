import type { FieldError } from '../field-error.ts';
import { invalidValue, required } from '../field-error.ts';
import { objectOf, stringOf } from '../json.ts';
import type { PrinterColumn } from '../printing/table.ts';
import { ageColumn, nameColumn, printerColumn } from '../printing/table.ts';
import type { Resource } from '../resource.ts';
import { allVerbs } from '../resource.ts';
import { RuleError } from '../schema/cel.ts';
import { compileSchema } from '../schema/compiled-schema.ts';
import type { SchemaProps } from '../schema/props.ts';
import { structuralErrors } from '../schema/structural.ts';
import type { FieldPaths } from '../selectors/field-selector.ts';
import type { KubeObject } from '../types.ts';
import { commonFields } from './built-in.ts';

interface CrdVersion {
  name: string;
  served?: boolean;
  storage?: boolean;
  schema?: { openAPIV3Schema?: SchemaProps };
  subresources?: { status?: object };
  additionalPrinterColumns?: PrinterColumn[];
  selectableFields?: { jsonPath: string }[];
}

interface CrdSpec {
  group: string;
  scope: string;
  names: { kind: string; listKind?: string; plural: string; singular?: string; shortNames?: string[]; categories?: string[] };
  versions: CrdVersion[];
}

function specOf(crd: KubeObject): CrdSpec {
  return crd.spec as CrdSpec;
}

/** The resources that a CustomResourceDefinition asks for: one for each served version. */
export function customResources(crd: KubeObject): Resource[] {
  const { group, scope, names, versions } = specOf(crd);
  const stored = versions.find((version) => version.storage) ?? versions[0];
  return versions
    .filter((version) => version.served)
    .map((version) => ({
      group,
      version: version.name,
      kind: names.kind,
      listKind: names.listKind ?? `${names.kind}List`,
      plural: names.plural,
      singular: names.singular ?? names.kind.toLowerCase(),
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      namespaced: scope === 'Namespaced',
      collection: `${names.plural}.${group}`,
      verbs: allVerbs,
      statusSubresource: version.subresources?.status !== undefined,
      subresources: [],
      countsGenerations: true,
      unconditionalUpdate: false,
      strategicMerge: false,
      fields: fieldPaths(version),
      columns: [nameColumn, ...(version.additionalPrinterColumns?.map(printerColumn) ?? [ageColumn])],
      schema: compileSchema(version.schema?.openAPIV3Schema ?? {}),
      custom: true,
      ...(stored && stored !== version ? convertBetween(`${group}/${version.name}`, `${group}/${stored.name}`) : {}),
    }));
}

/** Versions differ in their apiVersion alone. */
function convertBetween(served: string, stored: string): Pick<Resource, 'toStored' | 'fromStored'> {
  return {
    toStored: (object) => ({ ...object, apiVersion: stored }),
    fromStored: (object) => ({ ...object, apiVersion: served }),
  };
}

function fieldPaths(version: CrdVersion): FieldPaths {
  const declared = (version.selectableFields ?? []).map(({ jsonPath }) => {
    const field = jsonPath.replace(/^\./, '');
    return [field, field.split('.')] as const;
  });
  return { ...commonFields, ...Object.fromEntries(declared) };
}

/** The CustomResourceDefinition with names filled in and the status of one that is served. */
export function prepareCrd(crd: KubeObject, now: string): KubeObject {
  const spec = objectOf(crd.spec);
  const names = objectOf(spec.names);
  const kind = stringOf(names.kind) ?? '';
  const filled = {
    ...names,
    listKind: stringOf(names.listKind) ?? `${kind}List`,
    singular: stringOf(names.singular) ?? kind.toLowerCase(),
  };
  const versions = (spec.versions as CrdVersion[] | undefined) ?? [];
  const previous = objectOf(crd.status).conditions;
  return {
    ...crd,
    spec: { conversion: { strategy: 'None' }, ...spec, names: filled },
    status: {
      conditions: previous ?? [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found', now),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted', now),
      ],
      acceptedNames: filled,
      storedVersions: versions.filter((version) => version.storage).map((version) => version.name),
    },
  };
}

function condition(type: string, reason: string, message: string, lastTransitionTime: string): object {
  return { type, status: 'True', lastTransitionTime, reason, message };
}

/** What is wrong with a CustomResourceDefinition. */
export function checkCrd(crd: KubeObject): FieldError[] {
  const spec = objectOf(crd.spec) as Partial<CrdSpec>;
  const errors = missingNames(spec);
  if (spec.scope !== 'Namespaced' && spec.scope !== 'Cluster') {
    errors.push({
      type: 'FieldValueNotSupported',
      field: 'spec.scope',
      value: spec.scope ?? '',
      detail: 'supported values: "Cluster", "Namespaced"',
    });
  }
  const expected = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`;
  if (crd.metadata.name !== expected)
    errors.push(invalidValue('metadata.name', crd.metadata.name, `must be spec.names.plural+"."+spec.group`));
  const versions = spec.versions ?? [];
  if (versions.filter((version) => version.storage).length !== 1) {
    errors.push(invalidValue('spec.versions', undefined, 'must have exactly one version marked as storage version'));
  }
  for (const [index, version] of versions.entries()) errors.push(...checkVersion(version, `spec.versions[${index}]`));
  return errors;
}

function missingNames({ group, names }: Partial<CrdSpec>): FieldError[] {
  const named = { 'spec.group': group, 'spec.names.plural': names?.plural, 'spec.names.kind': names?.kind };
  return Object.entries(named).flatMap(([path, name]) => (name ? [] : [required(path)]));
}

function checkVersion(version: CrdVersion, path: string): FieldError[] {
  const schema = version.schema?.openAPIV3Schema;
  const at = `${path}.schema.openAPIV3Schema`;
  if (!schema) return [required(at, 'schemas are required')];
  const errors = structuralErrors(schema, at);
  if (errors.length > 0) return errors;
  if ((version.selectableFields?.length ?? 0) > 8) {
    const actual = version.selectableFields?.length;
    errors.push({ type: 'FieldValueTooMany', field: `${path}.selectableFields`, value: actual, detail: 'must have at most 8 items' });
  }
  try {
    compileSchema(schema);
  } catch (error) {
    errors.push(
      invalidValue(
        error instanceof RuleError ? `${at}${error.path}` : at,
        undefined,
        error instanceof Error ? error.message : String(error),
      ),
    );
  }
  return errors;
}
