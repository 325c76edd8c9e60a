import type { SyncConfigurationSpec, UserProjectionSpec } from '../../api/generated.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';
import { timestamp } from '../duration.ts';
import { hashOf } from '../hash.ts';
import type { Mappings } from '../mapping/compile.ts';
import type { Moment } from '../mapping/evaluate.ts';
import { omit } from '../omit.ts';

/** The identity of the pair a configuration works on. */
export interface PairIdentity {
  readonly sourceTenantId: string;
  readonly targetTenantId: string;
}

export type UnsealedSpec = Omit<UserProjectionSpec, 'revision'>;

/** The hash that covers a whole projection spec, so that a change by anybody else is noticed. */
export function projectionRevision(spec: UnsealedSpec): string {
  return hashOf({ ...spec, revision: undefined });
}

/** The spec with its revision. */
export function sealSpec(spec: UnsealedSpec): UserProjectionSpec {
  return { ...spec, revision: projectionRevision(spec) };
}

/** The spec without what somebody else may have put into it: who it is about is immutable, what should be there is evaluated anew. */
export function trustedSpec(spec: UserProjectionSpec): UnsealedSpec {
  const { revision, ...whole } = spec;
  if (projectionRevision(whole) === revision) return whole;
  const { syncConfigurationRef, source, target, mode, lifecycle } = spec;
  return { syncConfigurationRef, source, target, mode, lifecycle };
}

/** Whether the spec is as the operator wrote it. */
export function isUntampered(spec: UserProjectionSpec): boolean {
  return projectionRevision(spec) === spec.revision;
}

export interface PresentInput {
  readonly configuration: { readonly name: string; readonly spec: SyncConfigurationSpec };
  readonly pair: PairIdentity;
  readonly user: DirectoryUser;
  readonly mappings: Mappings;
  readonly moment: Moment;
  /** The projection as it is, if there is one that can be trusted. */
  readonly existing?: UnsealedSpec | undefined;
}

/**
 * The projection spec of a user who is to be present; undefined when an expression says that the user is to be left as they are.
 * While nothing else about the user changes, expressions go on seeing the time of their last evaluation, so that Now() by itself
 * never causes a write.
 */
export function presentSpec(input: PresentInput): UnsealedSpec | undefined {
  const { mappings, existing, moment } = input;
  if (!mappings.volatile) return specAt(input, moment);
  if (existing?.evaluatedAt !== undefined) {
    const again = specAt(input, { ...moment, now: Date.parse(existing.evaluatedAt) });
    if (again && sameOutcome(again, existing)) return { ...again, evaluatedAt: existing.evaluatedAt };
  }
  const now = Math.floor(moment.now / 1000) * 1000;
  const fresh = specAt(input, { ...moment, now });
  return fresh && { ...fresh, evaluatedAt: timestamp(now) };
}

/** Whether two evaluations came to the same; sign-in is left out, as a block that waits for a decision is not in the record yet. */
function sameOutcome(a: UnsealedSpec, b: UnsealedSpec): boolean {
  const outcome = (spec: UnsealedSpec): string =>
    hashOf([omit(spec.attributes ?? {}, 'accountEnabled'), spec.onCreate, spec.clear, spec.manager, spec.invitedAddress, spec.source]);
  return outcome(a) === outcome(b);
}

function specAt({ configuration, pair, user, mappings }: PresentInput, moment: Moment): UnsealedSpec | undefined {
  const mapped = mappings.evaluate(user, moment);
  const invited = mappings.invitedAddress(user, moment);
  if (mapped.ignored === true || 'ignored' in invited) return undefined;
  const address = 'address' in invited ? invited.address : undefined;
  const failures = [...('failure' in invited ? [{ target: 'invitation', message: invited.failure }] : []), ...(mapped.failures ?? [])];
  return {
    syncConfigurationRef: { name: configuration.name },
    source: {
      tenantId: pair.sourceTenantId,
      objectId: user.id,
      ...(typeof user.userPrincipalName === 'string' ? { userPrincipalName: user.userPrincipalName } : {}),
    },
    target: { tenantId: pair.targetTenantId },
    mode: configuration.spec.mode,
    lifecycle: 'Present',
    ...(address === undefined ? {} : { invitedAddress: address }),
    ...(user.accountEnabled === false ? { sourceDisabled: true } : {}),
    attributes: mapped.attributes,
    ...(Object.keys(mappings.otherAuthorities).length > 0 ? { authorities: hashOf(mappings.otherAuthorities) } : {}),
    ...(mapped.clear.length > 0 ? { clear: [...mapped.clear] } : {}),
    ...(Object.keys(mapped.onCreate).length > 0 ? { onCreate: mapped.onCreate } : {}),
    ...(mapped.managerSourceId === undefined ? {} : { manager: { sourceObjectId: mapped.managerSourceId } }),
    ...(failures.length === 0 ? {} : { failedMappings: failures.map((failure) => ({ ...failure, message: cut(failure.message) })) }),
  };
}

const longestMessage = 1024;
const cut = (message: string): string => (message.length > longestMessage ? `${message.slice(0, longestMessage - 3)}...` : message);
