import type { TenantPairSpec } from '../../api/generated.ts';
import type { SideFacts } from '../preflight/facts.ts';
import { clientIdOf } from '../preflight/sign-in.ts';
import type { Warning } from '../preflight/warning.ts';
import type { ApplicationFacts, LeftOut } from './facts.ts';

type Credentials = NonNullable<TenantPairSpec['target']['additionalCredentials']>[number];

/** Writes that a tenant takes from all its applications in five minutes. Source: Graph throttling limits, "Identity and access". */
const tenantWrites = '18,000 writes in 5 minutes';
/** So many applications at their own limit are the limit of the tenant. */
const fullPool = 3;

/** An entry of the credentials of a target, with its place in the spec. */
export interface Entry {
  readonly place: string;
  readonly credentials: Credentials;
}

/** The credentials of a target in order: the primary ones, then the additional ones. */
export function entriesOf({ credentials, additionalCredentials }: TenantPairSpec['target']): readonly [Entry, ...Entry[]] {
  const additional = (additionalCredentials ?? []).map((each, index) => ({
    place: `spec.target.additionalCredentials[${index}]`,
    credentials: each,
  }));
  return [{ place: 'spec.target.credentials', credentials }, ...additional];
}

/** What is wrong with the list of applications as written: one that is named twice adds nothing. Undefined: nothing. */
export function repeatedApplication(target: TenantPairSpec['target']): string | undefined {
  const seen = new Map<string, string>();
  for (const { place, credentials } of entriesOf(target)) {
    const clientId = clientIdOf(credentials)?.toLowerCase();
    const before = clientId === undefined ? undefined : seen.get(clientId);
    if (before !== undefined)
      return `${place}: the application ${clientId} is the one of ${before}. Name another one, or remove the entry.`;
    if (clientId !== undefined) seen.set(clientId, place);
  }
  return undefined;
}

/** Why an application that was looked at with these facts takes no part; undefined: it does. */
export function leftOutOf(facts: SideFacts, tenantId: string): LeftOut | undefined {
  if (facts.type === 'Failed') return { reason: facts.reason, message: facts.message };
  if (facts.tenantId.toLowerCase() !== tenantId.toLowerCase())
    return { reason: 'TenantMismatch', message: 'It signs in to another tenant than the target.' };
  if (facts.missingPermissions.length === 0) return undefined;
  const message = `It lacks the application permission(s) ${facts.missingPermissions.join(', ')}. Grant them, with admin consent.`;
  return { reason: 'PermissionMissing', message };
}

/** Warnings about the applications of a target that has several (G5): the limit that they share, and each one that is left out. */
export function applicationWarnings(applications: readonly ApplicationFacts[]): readonly Warning[] {
  if (applications.length === 0) return [];
  const working = applications.filter(({ leftOut }) => leftOut === undefined).length;
  const more = working > fullPool ? ` More than ${fullPool} are no faster than ${fullPool}.` : '';
  const shared: Warning = {
    reason: 'TenantQuotaShared',
    message: `${working} application(s) write to the target. The limit of the whole tenant, ${tenantWrites}, is shared with every other application there, which may be refused while these are at work.${more}`,
  };
  const rest = working > 0 ? ' The others go on without it.' : '';
  const out = applications.flatMap(({ place, clientId, leftOut }) => {
    if (leftOut === undefined) return [];
    return [
      { reason: leftOut.reason, message: `The application ${clientId} of the target (${place}) is left out: ${leftOut.message}${rest}` },
    ];
  });
  return [shared, ...out];
}
