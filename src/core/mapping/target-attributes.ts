/** What Microsoft Graph lets an application write on a user, and how (graph metadata and the user update page). */
export interface TargetAttribute {
  readonly type: 'String' | 'Boolean' | 'StringList';
  readonly maxLength?: number;
  /** Refused on its own for privileged, on-premises mastered or Exchange-owned accounts: sent apart after a refusal (C10). */
  readonly sensitive?: boolean;
  /** Cannot be set to null. */
  readonly required?: boolean;
  /** Cannot be read back reliably, so it is never compared with a read (C4). */
  readonly writeOnly?: boolean;
  /** Compared without regard to case. */
  readonly caseInsensitive?: boolean;
}

const text = (maxLength: number, more: Omit<TargetAttribute, 'type' | 'maxLength'> = {}): TargetAttribute => ({
  type: 'String',
  maxLength,
  ...more,
});

const attributes: Readonly<Record<string, TargetAttribute>> = {
  accountEnabled: { type: 'Boolean', sensitive: true, required: true },
  ageGroup: text(16),
  businessPhones: { type: 'StringList', maxLength: 64, sensitive: true },
  city: text(128),
  companyName: text(64),
  consentProvidedForMinor: text(16),
  country: text(128),
  department: text(64),
  displayName: text(256, { required: true }),
  employeeId: text(16),
  employeeType: text(256),
  faxNumber: text(64),
  givenName: text(64),
  jobTitle: text(128),
  mail: text(256, { required: true, sensitive: true, caseInsensitive: true }),
  mailNickname: text(64, { required: true }),
  mobilePhone: text(64, { sensitive: true }),
  officeLocation: text(128),
  postalCode: text(40),
  preferredLanguage: text(64),
  showInAddressList: { type: 'Boolean', writeOnly: true, sensitive: true },
  state: text(128),
  streetAddress: text(1024),
  surname: text(64),
  usageLocation: text(2, { required: true }),
  userType: text(16, { required: true }),
};

/** Why an attribute cannot be a target (C7). */
const refused: Readonly<Record<string, string>> = {
  aboutMe: 'Microsoft Graph does not let an application write it',
  birthday: 'Microsoft Graph does not let an application write it',
  customSecurityAttributes: 'custom security attributes are not synchronized',
  employeeHireDate: 'Microsoft Graph does not let an application write it',
  identities: 'the directory owns it',
  imAddresses: 'the directory owns it',
  otherMails: 'the directory computes it for invited users',
  passwordProfile: 'passwords are never synchronized',
  photo: 'photos are not synchronized',
  proxyAddresses: 'Exchange owns it; it can be a source but not a target',
  userPrincipalName: 'the directory builds it from the invited address',
};

/** The rules of a target attribute, or why it cannot be one. */
export function targetAttribute(name: string): TargetAttribute | { readonly refusal: string } {
  const known = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (known) return known;
  if (/^extensionAttribute([1-9]|1[0-5])$/.test(name)) return text(1024, { sensitive: true });
  if (/^extension_[0-9a-f]{32}_\w+$/.test(name)) return text(256);
  return {
    refusal:
      (Object.hasOwn(refused, name) ? refused[name] : undefined) ??
      'it is not a user attribute that an application can write through Microsoft Graph',
  };
}

/** The rules of an attribute that has passed {@link targetAttribute}. */
export function rulesOf(name: string): TargetAttribute {
  const rules = targetAttribute(name);
  return 'refusal' in rules ? { type: 'String' } : rules;
}
