import type { SyncConfigurationSpec } from '../../api/generated.ts';
import type { Attributes } from '../../api/attributes.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';
import { timestamp } from '../duration.ts';
import { hashOf } from '../hash.ts';
import { omit } from '../omit.ts';
import type { Mappings } from '../mapping/compile.ts';
import { sourceValue, type MappingFailure, type Moment } from '../mapping/evaluate.ts';
import type { DesiredContent } from './standing.ts';

/** The identity of the pair a configuration works on. */
export interface PairIdentity {
  readonly sourceTenantId: string;
  readonly targetTenantId: string;
}

export interface PresentInput {
  readonly configuration: { readonly name: string; readonly spec: SyncConfigurationSpec };
  readonly pair: PairIdentity;
  readonly user: DirectoryUser;
  readonly mappings: Mappings;
  readonly moment: Moment;
  /** The projection as it is, if there is one that can be trusted. */
  readonly existing?: Pick<DesiredContent, 'evaluatedAt' | 'evaluatedFrom'> | undefined;
  /** The evaluation is made at the present, whatever time the record names: so it is in a full cycle. */
  readonly anew?: boolean;
}

/**
 * What should be there of a user who is to be present; undefined when an expression says that the user is to be left as they are.
 * Between full evaluations, and while nothing that is read of the user changes, expressions go on seeing the time of their last
 * evaluation: a change that is announced twice never causes a write by itself.
 */
export function desiredContent(input: PresentInput): DesiredContent | undefined {
  const { mappings, existing, moment } = input;
  if (!mappings.volatile) return contentAt(input, moment);
  const evaluatedFrom = inputsOf(input);
  const known = existing?.evaluatedFrom === evaluatedFrom && input.anew !== true ? existing.evaluatedAt : undefined;
  const evaluatedAt = known ?? timestamp(moment.now);
  const content = contentAt(input, { ...moment, now: Date.parse(evaluatedAt) });
  return content && { ...content, evaluatedAt, evaluatedFrom };
}

/** Hash of everything but the time that an evaluation depends on. */
function inputsOf({ configuration, user, mappings, moment }: PresentInput): string {
  const { attributeMappings, defaultAttributeMappings, invitation } = configuration.spec;
  return hashOf([
    { attributeMappings, defaultAttributeMappings, address: invitation.address, expression: invitation.addressExpression },
    mappings.sourceAttributes.map((name) => sourceValue(user, name)),
    [user.accountEnabled, user.userPrincipalName, user.mail, user.managerId],
    moment.defaultDomain,
  ]);
}

/**
 * A failed mapping of accountEnabled must not leave an account enabled whose user is blocked in the source. Of anybody else it is
 * not known what was to be, so that what was decided before stands.
 */
function withSignIn(attributes: Attributes, failures: readonly MappingFailure[], user: DirectoryUser): Attributes {
  const failed = failures.some(({ target }) => target === 'accountEnabled');
  return failed && user.accountEnabled === false ? { ...attributes, accountEnabled: false } : attributes;
}

function contentAt({ configuration, pair, user, mappings }: PresentInput, moment: Moment): DesiredContent | undefined {
  const mapped = mappings.evaluate(user, moment);
  const invited = mappings.invitedAddress(user, moment);
  if (mapped.ignored === true || 'ignored' in invited) return undefined;
  const address = 'address' in invited ? invited.address : undefined;
  const failures = [...('failure' in invited ? [{ target: 'invitation', message: invited.failure }] : []), ...(mapped.failures ?? [])];
  const content: DesiredContent = {
    syncConfigurationRef: { name: configuration.name },
    source: {
      tenantId: pair.sourceTenantId,
      objectId: user.id,
      ...(typeof user.userPrincipalName === 'string' ? { userPrincipalName: user.userPrincipalName } : {}),
    },
    target: { tenantId: pair.targetTenantId },
    mode: configuration.spec.mode,
    ...(address === undefined ? {} : { invitedAddress: address }),
    ...(user.accountEnabled === false ? { sourceDisabled: true } : {}),
    attributes: withSignIn(mapped.attributes, failures, user),
    ...(Object.keys(mappings.otherAuthorities).length > 0 ? { authorities: hashOf(mappings.otherAuthorities) } : {}),
    ...(mapped.clear.length > 0 ? { clear: [...mapped.clear] } : {}),
    ...(Object.keys(mapped.onCreate).length > 0 ? { onCreate: mapped.onCreate } : {}),
    ...(mapped.managerSourceId === undefined ? {} : { manager: { sourceObjectId: mapped.managerSourceId } }),
    ...(failures.length === 0 ? {} : { failedMappings: failures.map((failure) => ({ ...failure, message: cut(failure.message) })) }),
  };
  return withStrategy(content, configuration.spec.memberStrategy);
}

/**
 * The strategy has the last word on the user type, and AddressListOnly on sign-in; who is a guest first is shown in the address list (D7, D8).
 */
function withStrategy(content: DesiredContent, strategy: SyncConfigurationSpec['memberStrategy']): DesiredContent {
  if (strategy === 'InviteAsMember') return content;
  const attributes = { ...omit(content.attributes ?? {}, 'userType'), showInAddressList: true };
  return {
    ...content,
    memberStrategy: strategy,
    attributes: strategy === 'AddressListOnly' ? { ...attributes, accountEnabled: false } : attributes,
    onCreate: { ...content.onCreate, userType: 'Guest' },
  };
}

/** Length to which a mapping's message is cut, so that it fits a record and, with the target before it, a warning. */
const longestMessage = 800;
const cut = (message: string): string => (message.length > longestMessage ? `${message.slice(0, longestMessage - 3)}...` : message);

/**
 * Hash of the desired values of a record, whatever its standing and mode: while it stays the same the source has said nothing new, and
 * what the target's people edit stays (C8). Sign-in is left out: whether it is as desired is a fact of its own.
 */
export function contentRevision({ source, attributes, clear, onCreate, manager, authorities, invitedAddress }: DesiredContent): string {
  return hashOf({ source, attributes: omit(attributes ?? {}, 'accountEnabled'), clear, onCreate, manager, authorities, invitedAddress });
}
