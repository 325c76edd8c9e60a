import data from '../../data/user-properties.json' with { type: 'json' };
import type { TenantState } from '../../state/tenant-state.ts';
import type { Json, SandboxUser } from '../../types.ts';
import { GraphFault } from '../graph-fault.ts';

export interface UserProperty {
  readonly type: 'String' | 'Boolean' | 'DateTime' | 'Integer' | 'Strings' | 'Collection' | 'Object';
  /** Longest value, of each element for collections. */
  readonly max?: number;
  /** never: computed or mastered elsewhere; delegated: not with application permissions. */
  readonly write?: 'never' | 'delegated';
  /** False: null is refused. */
  readonly clear?: false;
  /** Guarded on users with administrator roles. */
  readonly sensitive?: true;
  /** Not kept by the directory: neither tracked nor listed. */
  readonly outside?: true;
}

const known = new Map(Object.entries(data.properties as Record<string, UserProperty>));
const extensionName = /^extension_[0-9a-f]{32}_\w+$/i;

/** What Graph returns without $select. */
export const defaultUserSelect: readonly string[] = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
];

/** The definition of a user property or of an extension defined in the tenant. */
export function userProperty(tenant: TenantState, name: string): UserProperty | undefined {
  const property = known.get(name);
  if (property !== undefined) return property;
  const type = tenant.extensions.get(name);
  return type === undefined ? undefined : { type, ...(type === 'String' ? { max: 256 } : {}) };
}

/** Properties of $select as they are to be returned; 400 for names that no user has. `list`: also refuses what collections cannot return. */
export function checkedSelect(select: readonly string[] | undefined, list: boolean): readonly string[] {
  if (select === undefined) return defaultUserSelect;
  for (const name of select) {
    const property = known.get(name);
    if (property === undefined && !extensionName.test(name)) {
      throw new GraphFault(
        400,
        'BadRequest',
        `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.user'.`,
      );
    }
    if (list && property?.outside === true)
      throw new GraphFault(501, 'NotImplemented', `Property '${name}' cannot be selected on a collection.`);
  }
  return select;
}

/** A user as plain reads return it: an absent value is null, or empty for collections. */
export function renderUser(user: SandboxUser, select: readonly string[]): Record<string, Json> {
  const body: Record<string, Json> = {};
  for (const name of select) {
    const value = rendered(user, name);
    if (value !== undefined) body[name] = value;
  }
  body.id = user.id;
  return body;
}

/** The value of one property; undefined for an extension without a value, which is left out. */
export function rendered(user: SandboxUser, name: string): Json | undefined {
  switch (name) {
    case 'id':
      return user.id;
    case 'deletedDateTime':
      return user.deletedAt === null ? null : timestamp(user.deletedAt);
    case 'showInAddressList':
      return null;
    case 'onPremisesExtensionAttributes':
      return extensionAttributes(user);
  }
  const value = user.properties[name];
  if (value !== undefined && value !== null) return value;
  const property = known.get(name);
  if (property === undefined) return undefined;
  return property.type === 'Strings' || property.type === 'Collection' ? [] : null;
}

/** A time as Graph writes it, in whole seconds. */
export function timestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

function extensionAttributes(user: SandboxUser): Json {
  const stored = user.properties.onPremisesExtensionAttributes;
  const values = typeof stored === 'object' && stored !== null ? (stored as Record<string, Json>) : {};
  const body: Record<string, Json> = {};
  for (let number = 1; number <= 15; number += 1) body[`extensionAttribute${number}`] = values[`extensionAttribute${number}`] ?? null;
  return body;
}
