import type { SyncConfigurationSpec } from '../../api/generated.ts';

export type MappingSpec = NonNullable<SyncConfigurationSpec['attributeMappings']>[number];

/** Raised whenever the default set changes, so that an upgrade is followed by a full evaluation (E3). */
export const defaultMappingsVersion = 1;

const always = { apply: 'Always', authority: 'Source', whenNull: 'Keep', propagateRemoval: false } as const;
const direct = (target: string): MappingSpec => ({ target, source: target, ...always });

/**
 * Entra's default mappings in Graph's names (C1). Left out are what the directory itself keeps for invited users: the matching
 * attribute, IsSoftDeleted (the lifecycle) and userPrincipalName.
 */
export const defaultMappings: readonly MappingSpec[] = [
  ...[
    'accountEnabled',
    'businessPhones',
    'city',
    'country',
    'department',
    'displayName',
    'employeeId',
    'givenName',
    'jobTitle',
    'mail',
    'mailNickname',
    'manager',
    'officeLocation',
    'postalCode',
    'preferredLanguage',
    'state',
    'streetAddress',
    'surname',
  ].map(direct),
  { target: 'showInAddressList', constant: 'true', ...always },
  { target: 'userType', constant: 'Member', ...always, apply: 'OnCreate' },
];
