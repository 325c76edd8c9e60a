import { didYouMean } from '../expression/suggest.ts';
import { graphName, isDirectoryExtension, isExtensionAttribute } from './source-attributes.ts';

/** What Microsoft Graph lets an application write on a user, and how (graph metadata and the user update page). */
export interface TargetAttribute {
  readonly type: 'String' | 'Boolean' | 'StringList';
  /** Of the text, or of each text of a list, in UTF-16 code units. */
  readonly maxLength?: number;
  /** All values that it takes. */
  readonly values?: readonly string[];
  /** Refused on its own for privileged, on-premises mastered or Exchange-owned accounts: sent apart after a refusal (C10). */
  readonly sensitive?: boolean;
  /** Cannot be set to null. */
  readonly required?: boolean;
  /** Cannot be read back reliably, so it is never compared with a read (C4). */
  readonly writeOnly?: boolean;
  /** Compared without regard to case. */
  readonly caseInsensitive?: boolean;
}

type More = Omit<TargetAttribute, 'type' | 'maxLength'>;
const text = (maxLength: number, more: More = {}): TargetAttribute => ({ type: 'String', maxLength, ...more });
/** Text whose greatest length is not published: the directory judges. */
const anyText = (more: More = {}): TargetAttribute => ({ type: 'String', ...more });

const attributes: Readonly<Record<string, TargetAttribute>> = {
  accountEnabled: { type: 'Boolean', sensitive: true, required: true },
  ageGroup: anyText({ values: ['Minor', 'NotAdult', 'Adult'] }),
  businessPhones: { type: 'StringList', maxLength: 64, sensitive: true },
  city: text(128),
  companyName: text(64),
  consentProvidedForMinor: anyText({ values: ['Granted', 'Denied', 'NotRequired'] }),
  country: text(128),
  department: text(64),
  displayName: text(256, { required: true }),
  employeeId: text(16),
  employeeType: anyText(),
  faxNumber: anyText(),
  givenName: text(64),
  jobTitle: text(128),
  mail: anyText({ required: true, sensitive: true, caseInsensitive: true }),
  mailNickname: text(64, { required: true }),
  mobilePhone: text(64, { sensitive: true }),
  officeLocation: anyText(),
  postalCode: text(40),
  preferredDataLocation: anyText(),
  preferredLanguage: anyText(),
  showInAddressList: { type: 'Boolean', writeOnly: true, sensitive: true },
  state: text(128),
  streetAddress: text(1024),
  surname: text(64),
  usageLocation: text(2, { required: true }),
  userType: anyText({ required: true, values: ['Member', 'Guest'] }),
};

const sharePoint = 'Microsoft Graph does not let an application write it';
const directoryOwned = 'the directory sets it itself';
const onPremises = 'it belongs to accounts that an on-premises directory is the master of';

/** Why an attribute cannot be a target (C7). */
const refused: Readonly<Record<string, string>> = {
  aboutMe: sharePoint,
  assignedLicenses: 'licences are assigned in the target',
  assignedPlans: directoryOwned,
  authorizationInfo: 'certificates for sign-in are not synchronized',
  birthday: sharePoint,
  createdDateTime: directoryOwned,
  creationType: directoryOwned,
  customSecurityAttributes: 'custom security attributes are not synchronized',
  deviceEnrollmentLimit: 'it belongs to device management',
  employeeHireDate: sharePoint,
  employeeLeaveDateTime: 'it takes a permission of its own for the life cycle of employees',
  employeeOrgData: 'it has parts that can only be written together; map to an extension attribute',
  externalUserState: directoryOwned,
  externalUserStateChangeDateTime: directoryOwned,
  hireDate: sharePoint,
  id: directoryOwned,
  identities: 'the directory owns it',
  identityParentId: directoryOwned,
  imAddresses: 'the directory owns it',
  interests: sharePoint,
  isManagementRestricted: directoryOwned,
  isResourceAccount: directoryOwned,
  lastPasswordChangeDateTime: directoryOwned,
  legalAgeGroupClassification: 'the directory computes it from ageGroup and consentProvidedForMinor',
  licenseAssignmentStates: directoryOwned,
  mailboxSettings: 'it belongs to the mailbox',
  mySite: sharePoint,
  onPremisesDistinguishedName: onPremises,
  onPremisesDomainName: onPremises,
  onPremisesExtensionAttributes: 'name one of its parts, extensionAttribute1 to extensionAttribute15',
  onPremisesImmutableId: onPremises,
  onPremisesLastSyncDateTime: onPremises,
  onPremisesProvisioningErrors: onPremises,
  onPremisesSamAccountName: onPremises,
  onPremisesSecurityIdentifier: onPremises,
  onPremisesSyncEnabled: onPremises,
  onPremisesUserPrincipalName: onPremises,
  otherMails: 'the directory computes it for invited users',
  passwordPolicies: 'passwords are never synchronized',
  passwordProfile: 'passwords are never synchronized',
  pastProjects: sharePoint,
  photo: 'photos are not synchronized',
  preferredName: sharePoint,
  print: 'it belongs to printing',
  provisionedPlans: directoryOwned,
  proxyAddresses: 'Exchange owns it; it can be a source but not a target',
  responsibilities: sharePoint,
  schools: sharePoint,
  securityIdentifier: directoryOwned,
  serviceProvisioningErrors: directoryOwned,
  signInActivity: directoryOwned,
  signInSessionsValidFromDateTime: directoryOwned,
  skills: sharePoint,
  sponsors: 'it refers to other objects; of those only the manager is synchronized',
  userPrincipalName: 'the directory builds it from the invited address',
};

/** Names of the attributes that can be targets in every directory, without extensions. */
export const targetAttributeNames: readonly string[] = Object.keys(attributes);

/** The rules of a target attribute, or why it cannot be one. */
export function targetAttribute(name: string): TargetAttribute | { readonly refusal: string } {
  const known = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (known) return known;
  if (isExtensionAttribute(name)) return text(1024, { sensitive: true });
  if (isDirectoryExtension(name)) return text(256);
  if (Object.hasOwn(refused, name)) return { refusal: refused[name] ?? '' };
  const suggestion = graphName(name, Object.keys(attributes));
  return { refusal: `it is not a user attribute that an application can write through Microsoft Graph${didYouMean(suggestion)}` };
}

/** The rules of an attribute that has passed {@link targetAttribute}. */
export function rulesOf(name: string): TargetAttribute {
  const rules = targetAttribute(name);
  return 'refusal' in rules ? { type: 'String' } : rules;
}
