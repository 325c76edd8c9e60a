import type { TenantPair } from '../../api/kinds.ts';
import { hashOf } from '../../core/hash.ts';
import { entriesOf, type Entry } from '../../core/pool/applications.ts';
import type { ApplicationFacts } from '../../core/pool/facts.ts';
import { about, applicationNamed, clientIdOf } from '../../core/preflight/sign-in.ts';
import type { CredentialSpec, TenantConnection } from '../../ports/directory.ts';
import { keyString } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { TargetPool, type Member } from '../shared/target-pool.ts';
import { resolveCredentials, type CredentialContext, type ResolvedCredentials } from './credentials.ts';
import type { Problem } from './validate.ts';

/** What a session is opened with. */
type Opening = Pick<Dependencies, 'secrets' | 'sessions' | 'directories'> & {
  readonly settings: Pick<Dependencies['settings'], 'identityNamespaces'>;
};

/** What the sides of a pair sign in with, as it can be read now. */
interface Reading {
  readonly source: ResolvedCredentials;
  readonly target: ResolvedTarget;
  /** Changes with whatever is read of the credentials, and with why they cannot be read. */
  readonly fingerprint: string;
}

/** Reads what a pair signs in with. Rejects only when Kubernetes cannot be read. */
export async function readCredentials(
  deps: Pick<Opening, 'secrets' | 'settings'>,
  pair: TenantPair,
  signal: AbortSignal,
): Promise<Reading> {
  const context = {
    secrets: deps.secrets,
    namespace: pair.metadata.namespace,
    identityNamespaces: deps.settings.identityNamespaces,
    signal,
  };
  const ofSource = { place: 'spec.source.credentials', named: 'the credentials of the source' };
  const source = await resolveCredentials(pair.spec.source.credentials, { ...context, ...ofSource });
  const target = await resolveTarget(pair, context);
  const ofThem = [source.type === 'Resolved' ? source.fingerprint : hashOf([source.reason, source.message]), ...target.fingerprints];
  return { source, target, fingerprint: hashOf([pair.metadata.uid, pair.spec.source, pair.spec.target, ...ofThem]) };
}

/** The session of the pair, made anew when the spec or a Secret has changed; or why there can be none. */
export async function openSession(deps: Opening, pair: TenantPair, signal: AbortSignal): Promise<PairSession | Problem> {
  const { source, target, fingerprint } = await readCredentials(deps, pair, signal);
  deps.sessions.noteCredentials(keyString(pair.metadata), fingerprint);
  if (source.type === 'Unresolved') {
    const message = about(applicationNamed('source', pair.spec.source), source.message);
    return { reason: source.reason, message, stalled: false };
  }
  if (target.type === 'Unresolved') return target.problem;
  const existing = deps.sessions.get(keyString(pair.metadata));
  if (existing?.fingerprint === fingerprint) return existing;
  const connection = (side: 'source' | 'target', credentials: CredentialSpec): TenantConnection => ({
    side,
    tenantId: pair.spec[side].tenantId,
    cloud: pair.spec[side].cloud,
    credentials,
  });
  const member = ({ place, clientId, credentials }: ResolvedEntry): Member => {
    const way = connection('target', credentials);
    const { directories } = deps;
    return {
      place,
      clientId,
      target: directories.target(way),
      groups: directories.groups(way),
      settings: directories.accessSettings(way),
    };
  };
  const sourceDirectory = deps.directories.source(connection('source', source.credentials));
  const [first, ...others] = target.resolved;
  const lead = member(first);
  // A target with one application is read and written without a pool in between.
  const alone = (pair.spec.target.additionalCredentials ?? []).length === 0;
  const pool = alone ? undefined : new TargetPool([lead, ...others.map(member)], target.absent);
  return {
    uid: pair.metadata.uid,
    source: sourceDirectory,
    target: pool ?? lead.target,
    ...(pool === undefined ? {} : { pool }),
    groups: (pool ?? lead).groups,
    groupAccess: undefined,
    settings: { source: deps.directories.accessSettings(connection('source', source.credentials)), target: (pool ?? lead).settings },
    fingerprint,
    sourceDomains: new Set(),
    readsContacts: false,
    verdict: { ready: false, reason: 'Progressing', message: 'The first check is under way.' },
    entraJob: undefined,
    accessCheckedAt: Number.NEGATIVE_INFINITY,
    secretDenied: false,
    accessCheck: undefined,
  };
}

interface ResolvedEntry {
  readonly place: string;
  readonly clientId: string;
  readonly credentials: CredentialSpec;
}

/** The applications of the target, in the order of the spec; `Unresolved`: there is none whose credentials are to be had. */
type ResolvedTarget = { readonly fingerprints: readonly string[] } & (
  | { readonly type: 'Unresolved'; readonly problem: Problem }
  | {
      readonly type: 'Resolved';
      readonly resolved: readonly [ResolvedEntry, ...ResolvedEntry[]];
      /** Those whose credentials are not to be had. */
      readonly absent: readonly ApplicationFacts[];
    }
);

const namedBy = ({ place }: Entry): string =>
  place === 'spec.target.credentials' ? 'the credentials of the target' : `${place.replace('spec.target.', '')} of the target`;

/** Reads the credentials of the target. Some that are not to be had leave their application out; without any there is no session. */
async function resolveTarget(pair: TenantPair, context: Omit<CredentialContext, 'place' | 'named'>): Promise<ResolvedTarget> {
  const resolved: ResolvedEntry[] = [];
  const absent: ApplicationFacts[] = [];
  const fingerprints: string[] = [];
  let problem: Problem | undefined;
  for (const entry of entriesOf(pair.spec.target)) {
    const { place, credentials } = entry;
    const found = await resolveCredentials(credentials, { ...context, place, named: namedBy(entry) });
    if (found.type === 'Resolved') {
      resolved.push({ place, clientId: found.credentials.clientId, credentials: found.credentials });
      fingerprints.push(found.fingerprint);
      continue;
    }
    const { reason, message } = found;
    const tenant = { tenantId: pair.spec.target.tenantId, credentials };
    problem ??= { reason, message: about(applicationNamed('target', tenant), message), stalled: false };
    absent.push({ place, clientId: clientIdOf(credentials) ?? '', leftOut: { reason, message }, granted: [] });
    fingerprints.push(hashOf([reason, message]));
  }
  const [first, ...others] = resolved;
  if (first !== undefined) return { type: 'Resolved', resolved: [first, ...others], absent, fingerprints };
  if (problem === undefined) throw new Error('a target without credentials');
  return { type: 'Unresolved', problem, fingerprints };
}
