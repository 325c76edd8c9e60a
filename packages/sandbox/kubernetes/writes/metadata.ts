import type { FieldError } from '../field-error.ts';
import { forbidden, invalidValue, required } from '../field-error.ts';
import { isObject, listOf, stringOf } from '../json.ts';
import type { ObjectMeta, OwnerReference } from '../types.ts';

const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const qualifiedName = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const annotationLimit = 256 * 1024;

const subdomainHelp =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelHelp =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const nameHelp =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** What a client may say about an object's metadata. */
export function clientMetadata(value: unknown): ObjectMeta {
  if (!isObject(value)) return {};
  const labels = texts(value.labels);
  const annotations = texts(value.annotations);
  const finalizers = listOf(value.finalizers).filter((one) => typeof one === 'string');
  const owners = listOf(value.ownerReferences).filter(isObject) as unknown as OwnerReference[];
  return {
    ...picked(value, 'name'),
    ...picked(value, 'generateName'),
    ...picked(value, 'namespace'),
    ...picked(value, 'uid'),
    ...picked(value, 'resourceVersion'),
    ...picked(value, 'deletionTimestamp'),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ...(finalizers.length > 0 ? { finalizers: [...new Set(finalizers)] } : {}),
    ...(owners.length > 0 ? { ownerReferences: owners } : {}),
  };
}

const known = new Set(
  'name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields'.split(
    ' ',
  ),
);

/** Paths of what a client says in the metadata and nobody understands. */
export function unknownMetadata(value: unknown): string[] {
  if (!isObject(value)) return [];
  return Object.keys(value)
    .filter((name) => !known.has(name))
    .map((name) => `metadata.${name}`)
    .sort();
}

/** What a client wants to change of what an object is known by. */
export function changedIdentity(given: ObjectMeta, old: ObjectMeta): FieldError[] {
  return (['uid', 'deletionTimestamp'] as const).flatMap((name) => {
    const value = given[name];
    return value === undefined || value === old[name] ? [] : [invalidValue(`metadata.${name}`, value, 'field is immutable')];
  });
}

function picked(value: Record<string, unknown>, key: keyof ObjectMeta): ObjectMeta {
  const text = stringOf(value[key]);
  return text === undefined ? {} : { [key]: text };
}

/** A map of texts; undefined when it is empty. */
function texts(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** The metadata of an updated object: what clients decide from the new state, the rest from the old. */
export function updatedMetadata(old: ObjectMeta, next: ObjectMeta): ObjectMeta {
  const { labels, annotations, finalizers, ownerReferences } = next;
  return {
    ...(old.name === undefined ? {} : { name: old.name }),
    ...(old.generateName === undefined ? {} : { generateName: old.generateName }),
    ...(old.namespace === undefined ? {} : { namespace: old.namespace }),
    ...(old.uid === undefined ? {} : { uid: old.uid }),
    ...(old.resourceVersion === undefined ? {} : { resourceVersion: old.resourceVersion }),
    ...(old.generation === undefined ? {} : { generation: old.generation }),
    ...(old.creationTimestamp === undefined ? {} : { creationTimestamp: old.creationTimestamp }),
    ...(old.deletionTimestamp === undefined ? {} : { deletionTimestamp: old.deletionTimestamp }),
    ...(old.deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds: old.deletionGracePeriodSeconds }),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ...(finalizers ? { finalizers } : {}),
    ...(ownerReferences ? { ownerReferences } : {}),
  };
}

/** What is wrong with an object's metadata. */
export function checkMetadata(metadata: ObjectMeta, old: ObjectMeta | undefined, kind: string): FieldError[] {
  const errors = old ? [] : checkName(metadata, kind);
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (!isQualifiedName(key)) errors.push(invalidValue('metadata.labels', key, nameHelp));
    if (value.length > 63) errors.push(invalidValue('metadata.labels', value, 'must be no more than 63 bytes'));
    else if (!labelValue.test(value)) errors.push(invalidValue('metadata.labels', value, labelHelp));
  }
  let size = 0;
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    if (!isQualifiedName(key.toLowerCase())) errors.push(invalidValue('metadata.annotations', key, nameHelp));
    size += key.length + Buffer.byteLength(value);
  }
  if (size > annotationLimit)
    errors.push({ type: 'FieldValueTooLong', field: 'metadata.annotations', detail: `may not be more than ${annotationLimit} bytes` });
  for (const finalizer of metadata.finalizers ?? []) {
    if (!isQualifiedName(finalizer)) errors.push(invalidValue('metadata.finalizers', finalizer, nameHelp));
  }
  return [...errors, ...checkOwners(metadata.ownerReferences ?? []), ...checkNewFinalizers(metadata, old)];
}

function checkName(metadata: ObjectMeta, kind: string): FieldError[] {
  const name = metadata.name ?? '';
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  if (kind === 'Namespace') {
    if (name.length <= 63 && dnsLabel.test(name)) return [];
    return [invalidValue('metadata.name', name, name.length > 63 ? 'must be no more than 63 bytes' : subdomainHelp)];
  }
  if (name.length > 253) return [invalidValue('metadata.name', name, 'must be no more than 253 bytes')];
  return dnsSubdomain.test(name) ? [] : [invalidValue('metadata.name', name, subdomainHelp)];
}

function isQualifiedName(name: string): boolean {
  return qualifiedName.test(name) && name.slice(name.indexOf('/') + 1).length <= 63;
}

function checkOwners(owners: readonly OwnerReference[]): FieldError[] {
  const errors = owners.flatMap((owner) => {
    const missing = (['apiVersion', 'kind', 'name', 'uid'] as const).filter((field) => stringOf(owner[field]) === undefined);
    return missing.map((field) => invalidValue(`metadata.ownerReferences.${field}`, '', `must not be empty`));
  });
  if (owners.filter((owner) => owner.controller).length > 1) {
    errors.push(invalidValue('metadata.ownerReferences', undefined, 'Only one reference can have Controller set to true'));
  }
  return errors;
}

function checkNewFinalizers(metadata: ObjectMeta, old: ObjectMeta | undefined): FieldError[] {
  if (!old?.deletionTimestamp) return [];
  const added = (metadata.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
  if (added.length === 0) return [];
  const list = added.map((one) => JSON.stringify(one)).join(', ');
  return [
    forbidden(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    ),
  ];
}
