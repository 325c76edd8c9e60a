import type { TenantState } from '../../state/tenant-state.ts';
import type { Json } from '../../types.ts';
import { badRequest } from '../graph-fault.ts';
import { userProperty, type UserProperty } from './properties.ts';

/** Checks one property of a PATCH: known, writable, of its type and length. Throws 400 in Graph's words; returns its definition. */
export function checkProperty(tenant: TenantState, name: string, value: Json): UserProperty {
  const property = userProperty(tenant, name);
  if (property === undefined || name === 'manager') {
    throw badRequest(
      name.startsWith('extension_')
        ? `The following extension properties are not available: ${name}.`
        : `Property '${name}' does not exist as a declared property or extension property.`,
    );
  }
  if (property.write === 'never') throw badRequest(`Property '${name}' is read-only and cannot be set.`);
  if (value === null) checkClearing(name, property);
  else checkValue(name, value, property);
  return property;
}

function checkClearing(name: string, property: UserProperty): void {
  if (property.clear === false) throw badRequest(`A value is required for property '${name}' of resource 'User'.`);
  if (property.type === 'Strings' || property.type === 'Collection') throw invalid(name);
}

function checkValue(name: string, value: Json, property: UserProperty): void {
  switch (property.type) {
    case 'String':
      if (typeof value !== 'string') throw wrongType(name, 'Edm.String');
      checkText(name, value, property.max);
      return;
    case 'Boolean':
      if (typeof value !== 'boolean') throw wrongType(name, 'Edm.Boolean');
      return;
    case 'Integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'Edm.Int32');
      return;
    case 'DateTime':
      if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(value))
        throw wrongType(name, 'Edm.DateTimeOffset');
      return;
    case 'Strings':
      checkStrings(name, value, property.max);
      return;
    case 'Collection':
      if (!Array.isArray(value)) throw wrongType(name, 'Collection');
      return;
    case 'Object':
      checkObject(name, value);
  }
}

const patterns: Readonly<Record<string, RegExp>> = {
  usageLocation: /^[A-Za-z]{2}$/,
  userType: /^(Member|Guest)$/i,
  ageGroup: /^(Minor|NotAdult|Adult)$/,
  consentProvidedForMinor: /^(Granted|Denied|NotRequired)$/,
  mail: /^[!-~]+@[!-~]+$/,
  userPrincipalName: /^[A-Za-z0-9'.\-_!#^~]+@[A-Za-z0-9.-]+$/,
  mailNickname: /^[!-~]+$/,
};

function checkText(name: string, value: string, max: number | undefined): void {
  if (value === '') throw invalid(name);
  if (max !== undefined && value.length > max)
    throw badRequest(
      `Invalid value specified for property '${name}' of resource 'User'. Length should be between 1 and ${max} characters.`,
    );
  if (patterns[name]?.test(value) === false) throw invalid(name);
}

function checkStrings(name: string, value: Json, max: number | undefined): void {
  if (!Array.isArray(value)) throw wrongType(name, 'Collection(Edm.String)');
  if (name === 'businessPhones' && value.length > 1) throw invalid(name);
  if (value.length > 250) throw invalid(name);
  for (const each of value as readonly Json[]) {
    if (typeof each !== 'string') throw wrongType(name, 'Collection(Edm.String)');
    checkText(name === 'otherMails' ? 'mail' : name, each, max);
  }
}

/** What the members of an object are called. */
const members: Readonly<Record<string, RegExp>> = {
  onPremisesExtensionAttributes: /^extensionAttribute([1-9]|1[0-5])$/,
  employeeOrgData: /^(costCenter|division)$/,
};

function checkObject(name: string, value: Json): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(name, 'object');
  for (const [key, each] of Object.entries(value as Record<string, Json>)) {
    if (members[name]?.test(key) === false) throw badRequest(`Property '${key}' does not exist on type of '${name}'.`);
    if (name === 'onPremisesExtensionAttributes') checkExtension(key, each);
  }
}

function checkExtension(name: string, value: Json): void {
  if (value !== null && (typeof value !== 'string' || value === '' || value.length > 1024)) throw invalid(name);
}

function invalid(name: string) {
  return badRequest(`Invalid value specified for property '${name}' of resource 'User'.`);
}

function wrongType(name: string, type: string) {
  return badRequest(`A value was encountered for property '${name}' that cannot be converted to the expected type '${type}'.`);
}
