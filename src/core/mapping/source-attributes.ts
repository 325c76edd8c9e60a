import { didYouMean, suggest } from '../expression/suggest.ts';

/** What a source attribute holds. Dates are texts in the form that Microsoft Graph gives them. */
export type SourceType = 'String' | 'Boolean' | 'StringList' | 'Date';

/**
 * Attributes of a user that a delta round tracks and an application can read (Graph metadata; what is kept outside the directory is not
 * tracked).
 */
const known: ReadonlyMap<string, SourceType> = new Map([
  ...(
    [
      'ageGroup',
      'city',
      'companyName',
      'consentProvidedForMinor',
      'country',
      'creationType',
      'department',
      'displayName',
      'employeeId',
      'employeeType',
      'externalUserState',
      'faxNumber',
      'givenName',
      'id',
      'jobTitle',
      'legalAgeGroupClassification',
      'mail',
      'mailNickname',
      'mobilePhone',
      'officeLocation',
      'onPremisesDistinguishedName',
      'onPremisesDomainName',
      'onPremisesImmutableId',
      'onPremisesSamAccountName',
      'onPremisesSecurityIdentifier',
      'onPremisesUserPrincipalName',
      'passwordPolicies',
      'postalCode',
      'preferredDataLocation',
      'preferredLanguage',
      'securityIdentifier',
      'state',
      'streetAddress',
      'surname',
      'usageLocation',
      'userPrincipalName',
      'userType',
    ] as const
  ).map((name) => [name, 'String'] as const),
  ...(['accountEnabled', 'isResourceAccount', 'onPremisesSyncEnabled', 'showInAddressList'] as const).map(
    (name) => [name, 'Boolean'] as const,
  ),
  ...(['businessPhones', 'imAddresses', 'otherMails', 'proxyAddresses'] as const).map((name) => [name, 'StringList'] as const),
  ...(
    [
      'createdDateTime',
      'employeeHireDate',
      'employeeLeaveDateTime',
      'externalUserStateChangeDateTime',
      'lastPasswordChangeDateTime',
      'onPremisesLastSyncDateTime',
      'signInSessionsValidFromDateTime',
    ] as const
  ).map((name) => [name, 'Date'] as const),
]);

/** Names of the directory schema that Entra's mappings use, or used, and what Microsoft Graph calls the same. */
export const directoryNames: Readonly<Record<string, string>> = {
  c: 'country',
  co: 'country',
  deletedTimestamp: 'deletedDateTime',
  dirSyncEnabled: 'onPremisesSyncEnabled',
  facsimileTelephoneNumber: 'faxNumber',
  immutableId: 'onPremisesImmutableId',
  l: 'city',
  lastDirSyncDateTime: 'onPremisesLastSyncDateTime',
  mobile: 'mobilePhone',
  objectId: 'id',
  originalUserPrincipalName: 'userPrincipalName',
  physicalDeliveryOfficeName: 'officeLocation',
  refreshTokensValidFromDateTime: 'signInSessionsValidFromDateTime',
  samAccountName: 'onPremisesSamAccountName',
  sipProxyAddress: 'imAddresses',
  sn: 'surname',
  st: 'state',
  telephoneNumber: 'businessPhones',
  title: 'jobTitle',
  userState: 'externalUserState',
  userStateChangedOn: 'externalUserStateChangeDateTime',
};

const outside = 'it is kept outside the directory, where changes are not tracked';

/** Why a property of a user cannot be read for a mapping or a filter. */
const refused: Readonly<Record<string, string>> = {
  aboutMe: outside,
  appRoleAssignments: 'role assignments of an application are not attributes of the user',
  birthday: outside,
  customSecurityAttributes: 'custom security attributes are not synchronized',
  hireDate: outside,
  interests: outside,
  mailboxSettings: outside,
  mySite: outside,
  passwordProfile: 'passwords cannot be read',
  pastProjects: outside,
  photo: 'photos are not synchronized',
  preferredName: outside,
  responsibilities: outside,
  schools: outside,
  signInActivity: outside,
  skills: outside,
};

/** `extensionAttribute1` to `extensionAttribute15`. */
export const isExtensionAttribute = (name: string): boolean => /^extensionAttribute([1-9]|1[0-5])$/.test(name);

/** `extension_` with the 32 digits of an application's id and the name that it gave. */
export const isDirectoryExtension = (name: string): boolean => /^extension_[0-9a-f]{32}_\w+$/.test(name);

/** Whether a source user can be asked for the attribute. */
export function isSourceAttribute(name: string): boolean {
  return known.has(name) || isExtensionAttribute(name) || isDirectoryExtension(name);
}

/** What the attribute holds; of directory extensions that is known only from their values. */
export function sourceType(name: string): SourceType | undefined {
  return isExtensionAttribute(name) ? 'String' : known.get(name);
}

/** Names of the attributes that every directory has. */
export const sourceAttributeNames: ReadonlySet<string> = new Set([
  ...known.keys(),
  ...Array.from({ length: 15 }, (_, index) => `extensionAttribute${index + 1}`),
]);

/** The name that Microsoft Graph has for what is misspelt or called otherwise elsewhere. */
export function graphName(name: string, among: Iterable<string> = sourceAttributeNames): string | undefined {
  return Object.hasOwn(directoryNames, name) ? directoryNames[name] : suggest(name, among);
}

/** Why an attribute cannot be read, for the end of a message; undefined when it can. */
export function sourceRefusal(name: string): string | undefined {
  if (isSourceAttribute(name)) return undefined;
  if (Object.hasOwn(refused, name)) return `${name} cannot be read: ${refused[name]}`;
  return `there is no source attribute ${name}${didYouMean(graphName(name))}`;
}
