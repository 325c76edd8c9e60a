import type { AttributeValue } from '../../api/attributes.ts';
import type { DirectoryIdentity, DirectoryUser, UserPatch } from '../../ports/directory.ts';
import { guidOf } from './evidence.ts';
import { isJson, type Json, text } from './json.ts';

const extensionAttribute = /^extensionAttribute([1-9]|1[0-5])$/;
const extensionObject = 'onPremisesExtensionAttributes';
/** Collections that a PATCH can write. Emptied with [], never with null. */
const collections = new Set(['businessPhones', 'otherMails', 'interests', 'pastProjects', 'responsibilities', 'schools', 'skills']);

/** `$select` for the wanted properties: always the id; extension attributes come as one object only; the manager is no property. */
export function selectList(names: readonly string[]): string {
  const selected = names.filter((name) => name !== 'manager').map((name) => (extensionAttribute.test(name) ? extensionObject : name));
  return [...new Set(['id', ...selected])].join(',');
}

/**
 * A user of an answer. `select` names the properties that were asked for: those that the answer leaves out have no value and become null.
 * Without `select` only what is there is taken. `manager` says whether the manager was asked for.
 */
export function directoryUser(item: Json, id: string, select: readonly string[] | undefined, manager: boolean): DirectoryUser {
  const attributes = attributesOf(item, select);
  const asked = (name: string): boolean => name in item || (select?.includes(name) ?? false);
  return {
    id,
    attributes,
    ...pick(attributes, 'userPrincipalName', isText),
    ...pick(attributes, 'mail', isText),
    ...pick(attributes, 'accountEnabled', isBoolean),
    ...pick(attributes, 'userType', isText),
    ...pick(attributes, 'creationType', isText),
    ...pick(attributes, 'externalUserState', isText),
    ...pick(attributes, 'otherMails', isList),
    ...pick(attributes, 'proxyAddresses', isList),
    ...pick(attributes, 'deletedDateTime', isText),
    ...(asked('identities') ? { identities: identityList(item.identities) } : {}),
    ...(manager ? managerOf(item.manager) : {}),
  };
}

/** Members of an answer that are no attributes. */
const others = new Set(['id', 'manager', 'identities', '__proto__']);

function attributesOf(item: Json, select: readonly string[] | undefined): Readonly<Record<string, AttributeValue | null>> {
  const attributes: Record<string, AttributeValue | null> = {};
  for (const name of select ?? []) if (!others.has(name)) attributes[name] = null;
  for (const [name, value] of Object.entries(item)) {
    if (name === extensionObject) Object.assign(attributes, extensionValues(value, select));
    else if (!name.includes('@') && !others.has(name)) {
      const canonical = attributeValue(value);
      if (canonical !== undefined) attributes[name] = canonical;
    }
  }
  return attributes;
}

/** The manager of a read that asked for one; left out when its id is none: that is not known then, and nothing is cleared because of it. */
function managerOf(manager: unknown): Pick<DirectoryUser, 'managerId'> {
  if (manager === undefined || manager === null) return { managerId: null };
  const managerId = isJson(manager) ? guidOf(manager.id) : undefined;
  return managerId === undefined ? {} : { managerId };
}

/**
 * The body of a PATCH: extension attributes folded into their object, no empty strings (null clears a string), no null collections ([] clears one),
 * at most one business phone.
 */
export function patchBody(patch: UserPatch): Json {
  const body: Record<string, unknown> = {};
  const extensions: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(patch)) {
    const target = extensionAttribute.test(name) ? extensions : body;
    if (collections.has(name)) target[name] = collectionValue(name, value);
    else target[name] = value === '' ? null : value;
  }
  return Object.keys(extensions).length === 0 ? body : { ...body, [extensionObject]: extensions };
}

function collectionValue(name: string, value: AttributeValue | null): readonly string[] {
  const list = value === null || value === '' || typeof value === 'boolean' ? [] : typeof value === 'string' ? [value] : value;
  return name === 'businessPhones' ? list.slice(0, 1) : list;
}

function extensionValues(value: unknown, select: readonly string[] | undefined): Record<string, AttributeValue | null> {
  const values: Record<string, AttributeValue | null> = {};
  for (const [name, inner] of Object.entries(isJson(value) ? value : {})) {
    if (!extensionAttribute.test(name) || !(select?.includes(name) ?? true)) continue;
    const canonical = attributeValue(inner);
    if (canonical !== undefined) values[name] = canonical;
  }
  return values;
}

/** Text, truth value or list of texts; numbers as text. Undefined for objects, which no attribute of ours has. */
function attributeValue(value: unknown): AttributeValue | null | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return String(value);
  return Array.isArray(value) && value.every(isText) ? value : undefined;
}

function identityList(value: unknown): readonly DirectoryIdentity[] | null {
  if (!Array.isArray(value)) return null;
  return (value as unknown[]).filter(isJson).map((entry) => ({
    signInType: text(entry.signInType) ?? null,
    issuer: text(entry.issuer) ?? null,
    issuerAssignedId: text(entry.issuerAssignedId) ?? null,
  }));
}

function pick<K extends string, V>(
  attributes: Readonly<Record<string, AttributeValue | null>>,
  name: K,
  is: (value: unknown) => value is V,
): Partial<Record<K, V | null>> {
  if (!(name in attributes)) return {};
  const value = attributes[name];
  return { [name]: is(value) ? value : null } as Partial<Record<K, V | null>>;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}
