import type { TenantPair } from '../../api/kinds.ts';
import { hashOf } from '../../core/hash.ts';
import { keyString } from '../../ports/resources.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { resolveCredentials } from './credentials.ts';
import type { Problem } from './validate.ts';

/** What a session is opened with. */
type Opening = Pick<Dependencies, 'secrets' | 'sessions' | 'directories'> & {
  readonly settings: Pick<Dependencies['settings'], 'identityNamespaces'>;
};

/** The session of the pair, made anew when the spec or a Secret has changed; or why there can be none. */
export async function openSession(deps: Opening, pair: TenantPair, signal: AbortSignal): Promise<PairSession | Problem> {
  const context = {
    secrets: deps.secrets,
    namespace: pair.metadata.namespace,
    identityNamespaces: deps.settings.identityNamespaces,
    signal,
  };
  const source = await resolveCredentials(pair.spec.source.credentials, { ...context, side: 'source' });
  if (source.type === 'Unresolved') return { ...source, stalled: false };
  const target = await resolveCredentials(pair.spec.target.credentials, { ...context, side: 'target' });
  if (target.type === 'Unresolved') return { ...target, stalled: false };
  const fingerprint = hashOf([pair.metadata.uid, pair.spec.source, pair.spec.target, source.fingerprint, target.fingerprint]);
  const existing = deps.sessions.get(keyString(pair.metadata));
  if (existing?.fingerprint === fingerprint) return existing;
  const connection = (side: 'source' | 'target', credentials: typeof source.credentials) => ({
    side,
    tenantId: pair.spec[side].tenantId,
    cloud: pair.spec[side].cloud,
    credentials,
  });
  return {
    uid: pair.metadata.uid,
    source: deps.directories.source(connection('source', source.credentials)),
    target: deps.directories.target(connection('target', target.credentials)),
    settings: {
      source: deps.directories.accessSettings(connection('source', source.credentials)),
      target: deps.directories.accessSettings(connection('target', target.credentials)),
    },
    fingerprint,
    sourceDomains: new Set(),
    readsContacts: false,
    verdict: { ready: false, reason: 'Progressing', message: 'The first check is under way.' },
    accessCheckedAt: Number.NEGATIVE_INFINITY,
    secretDenied: false,
    accessCheck: undefined,
  };
}
