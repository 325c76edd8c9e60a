import type { DirectoryUser } from '../../api/directory-user.ts';
import type { SyncConfigurationSpec } from '../../api/generated.ts';
import type { Expression } from '../expression/expression.ts';
import { compileAt, compileMapping, type MappingProblem } from './check.ts';
import { defaultMappings, type MappingSpec } from './default-mappings.ts';
import { evaluateFor, evaluateMappings, type CompiledMapping, type MappedUser, type Moment } from './evaluate.ts';

export type Authority = MappingSpec['authority'];

/** The address that is invited for a user (D6). */
export type InvitedAddress = { readonly address: string | undefined } | { readonly failure: string } | { readonly ignored: true };

export interface Mappings {
  /** Source attributes that the mappings read. */
  readonly sourceAttributes: readonly string[];
  /** Target attributes that the mappings write, without the manager. */
  readonly targetAttributes: readonly string[];
  /** Whether the manager is synchronized. */
  readonly hasManager: boolean;
  /** Whether a value can differ from one evaluation to the next although the user is the same. */
  readonly volatile: boolean;
  /** Where each target comes from, such as `source jobTitle`, for an explanation. */
  readonly origins: Readonly<Record<string, string>>;
  authorityOf(target: string): Authority;
  /** Targets that somebody else than the source decides about, with who does. */
  readonly otherAuthorities: Readonly<Record<string, Authority>>;
  evaluate(user: DirectoryUser, moment: Moment): MappedUser;
  invitedAddress(user: DirectoryUser, moment: Moment): InvitedAddress;
}

type Spec = Pick<SyncConfigurationSpec, 'defaultAttributeMappings' | 'attributeMappings'> & {
  readonly invitation: Pick<SyncConfigurationSpec['invitation'], 'address' | 'addressExpression'>;
};

/** The default set with the configuration's entries in place of those of the same target. */
function effectiveMappings(spec: Spec): readonly MappingSpec[] {
  const byTarget = new Map<string, MappingSpec>();
  if (spec.defaultAttributeMappings) for (const mapping of defaultMappings) byTarget.set(mapping.target, mapping);
  for (const mapping of spec.attributeMappings ?? []) byTarget.set(mapping.target, mapping);
  return [...byTarget.values()].filter(
    (mapping) => mapping.source !== undefined || mapping.constant !== undefined || mapping.expression !== undefined,
  );
}

/** As many as a record of a person holds. */
const mostTargets = 128;
/** The longest address that RFC 5321 knows, in characters. */
const longestAddress = 320;

const addressPath = 'spec.invitation.addressExpression';

function invitedAddressOf(
  invitation: Spec['invitation'],
  expression: Expression | undefined,
  user: DirectoryUser,
  moment: Moment,
): InvitedAddress {
  if (expression === undefined) {
    const attribute = invitation.address === 'Mail' ? 'mail' : 'userPrincipalName';
    return addressIn(user[attribute], [attribute]);
  }
  const result = evaluateFor(expression, addressPath, user, moment);
  if ('error' in result) return { failure: result.error.message };
  if ('flow' in result) return result.flow === 'IgnoreObjectFlow' ? { ignored: true } : { address: undefined };
  return addressIn(result.value, expression.attributes);
}

/** The address that a value is: a record keeps no longer one, whichever way it was found. */
function addressIn(value: unknown, attributes: readonly string[]): InvitedAddress {
  if (value === null || value === undefined || value === '') return { address: undefined };
  if (typeof value === 'string' && value.length <= longestAddress && /^[^@\s]+@[^@\s]+$/.test(value)) return { address: value };
  return { failure: `the value is not an address; read from ${attributes.join(', ')}` };
}

/** Source attributes that mappings and address read. */
function attributesRead(mappings: readonly CompiledMapping[], address: Expression | undefined): readonly string[] {
  const read = mappings.flatMap(({ target, source, compiled }) => {
    if (target === 'manager') return [];
    return compiled?.attributes ?? (source === undefined ? [] : [source]);
  });
  return [...new Set([...read, ...(address?.attributes ?? [])])].sort();
}

function originOf({ source, constant, compiled }: CompiledMapping): string {
  if (compiled !== undefined)
    return compiled.attributes.length === 0 ? 'an expression' : `an expression of ${compiled.attributes.join(', ')}`;
  return constant === undefined ? `source ${source ?? ''}` : 'a constant';
}

/** Checks and compiles the attribute mappings of a configuration, and how addresses are found (C1, C2, D6). */
export function compileMappings(spec: Spec): Mappings | MappingProblem {
  const mappings: CompiledMapping[] = [];
  const effective = effectiveMappings(spec);
  if (effective.length > mostTargets) {
    const message = `spec.attributeMappings: with the default set there are ${effective.length} targets; at most ${mostTargets} can be written`;
    return { reason: 'InvalidMapping', message };
  }
  for (const mapping of effective) {
    const compiled = compileMapping(mapping);
    if ('reason' in compiled) return compiled;
    mappings.push(compiled);
  }
  const { addressExpression } = spec.invitation;
  const address = addressExpression === undefined ? undefined : compileAt(addressPath, addressExpression);
  if (address && 'reason' in address) return address;
  const authorities = new Map(mappings.map((mapping) => [mapping.target, mapping.authority]));
  return {
    sourceAttributes: attributesRead(mappings, address),
    targetAttributes: mappings
      .map((mapping) => mapping.target)
      .filter((target) => target !== 'manager')
      .sort(),
    hasManager: mappings.some((mapping) => mapping.target === 'manager'),
    volatile: address?.volatile === true || mappings.some((mapping) => mapping.compiled?.volatile === true),
    otherAuthorities: Object.fromEntries([...authorities].filter(([, authority]) => authority !== 'Source')),
    origins: Object.fromEntries(mappings.map((mapping) => [mapping.target, originOf(mapping)])),
    authorityOf: (target) => authorities.get(target) ?? 'Source',
    evaluate: (user, moment) => evaluateMappings(mappings, user, moment),
    invitedAddress: (user, moment) => invitedAddressOf(spec.invitation, address, user, moment),
  };
}
