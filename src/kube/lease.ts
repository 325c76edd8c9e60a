import type { Random } from '../ports/clock.ts';
import type { KubeHttp } from './http.ts';
import { apiVersionOf, collectionPath, fieldManager, objectPath, type ResourceType } from './resource-client.ts';

const leases: ResourceType = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease' };
const shardsAnnotation = 'tenantsync.dev/shards';
const wantedByAnnotation = 'tenantsync.dev/wanted-by';
/** Marks the Leases of shards, so that one list finds all of them, also those of another number of shards. */
const leaseLabel = { 'tenantsync.dev/lease': 'shard' } as const;
const leaseSelector = 'tenantsync.dev/lease=shard';

/** client-go's timing of leader election, and that of sharing. */
export interface LeaseTiming {
  /** How long others wait, after they last saw the holder renew, before they take over. */
  readonly durationMs: number;
  /** How long after its last successful renewal a holder may still act. Shorter than the duration. */
  readonly renewDeadlineMs: number;
  /** Time between renewals. */
  readonly retryMs: number;
  /** Least time between two looks at the Leases of others: with it a takeover begins soon after a Lease has run out. */
  readonly lookMs: number;
  /** How long a Lease that is handed over is kept after the last work on its shard began: longer than a write to a tenant may take. */
  readonly handoverMs: number;
  /** How long shards must have been spread unevenly before a replica asks for some: rollouts and takeovers settle by themselves. */
  readonly unevenMs: number;
}

/** client-go's defaults, with looks often enough that a takeover takes less than the duration plus five seconds. */
export const leaseTiming: LeaseTiming = {
  durationMs: 15_000,
  renewDeadlineMs: 10_000,
  retryMs: 2_000,
  lookMs: 1_000,
  handoverMs: 35_000,
  unevenMs: 60_000,
};

/** What a Lease says. */
export interface LeaseRecord {
  readonly name: string;
  readonly resourceVersion: string;
  /** Empty: free. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  readonly transitions: number;
  /** Number of shards its holder works with; undefined when it does not say. */
  readonly shards: number | undefined;
  /** A replica with fewer shards that asks for this one. */
  readonly wantedBy?: string | undefined;
}

/** Name of a shard's Lease. */
export function leaseName(shard: number): string {
  return `tenantsync-shard-${shard}`;
}

/** The name of this process in Leases: host and chance, so that a restarted pod is somebody else. */
export function identityOf(hostname: string, random: Random): string {
  return `${hostname}_${random.uuid()}`;
}

/** A time as Leases and Events hold it: RFC 3339 with microseconds. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** The Lease of a shard before anybody has made it. */
export function unclaimed(shard: number): LeaseRecord {
  return {
    name: leaseName(shard),
    resourceVersion: '',
    holder: '',
    durationSeconds: 0,
    acquireTime: undefined,
    renewTime: undefined,
    transitions: -1,
    shards: undefined,
  };
}

/** A Lease as `holder` writes it to take it, or to go on holding it, at `now` (epoch milliseconds); nobody asks for it any more. */
export function claimed(
  current: LeaseRecord,
  claim: { readonly holder: string; readonly durationMs: number; readonly shards: number; readonly now: number },
): LeaseRecord {
  const { holder, shards } = claim;
  const now = microTime(claim.now);
  const same = current.holder === holder;
  return {
    name: current.name,
    resourceVersion: current.resourceVersion,
    holder,
    durationSeconds: Math.ceil(claim.durationMs / 1000),
    acquireTime: same ? current.acquireTime : now,
    renewTime: now,
    transitions: current.transitions + (same ? 0 : 1),
    shards,
  };
}

interface LeaseObject {
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly holderIdentity?: string | null;
    readonly leaseDurationSeconds?: number | null;
    readonly acquireTime?: string | null;
    readonly renewTime?: string | null;
    readonly leaseTransitions?: number | null;
  };
}

/** Reads and writes the Leases of shards. All calls reject with KubeError, within `timeoutMs`. */
export class LeaseClient {
  readonly #http: KubeHttp;
  readonly #namespace: string;
  readonly #timeoutMs: number;

  constructor(options: { readonly http: KubeHttp; readonly namespace: string; readonly timeoutMs: number }) {
    this.#http = options.http;
    this.#namespace = options.namespace;
    this.#timeoutMs = options.timeoutMs;
  }

  async list(signal: AbortSignal): Promise<readonly LeaseRecord[]> {
    const answer = await this.#http.json<{ readonly items?: readonly LeaseObject[] | null }>({
      method: 'GET',
      path: collectionPath(leases, this.#namespace),
      query: { labelSelector: leaseSelector },
      timeoutMs: this.#timeoutMs,
      signal,
    });
    return (answer.items ?? []).map(recordOf);
  }

  async get(name: string, signal: AbortSignal): Promise<LeaseRecord> {
    const path = objectPath(leases, { namespace: this.#namespace, name });
    return recordOf(await this.#http.json<LeaseObject>({ method: 'GET', path, timeoutMs: this.#timeoutMs, signal }));
  }

  /** Creates the Lease when `record` has no version, else replaces it under a lock on that version. */
  async write(record: LeaseRecord, signal: AbortSignal | undefined): Promise<LeaseRecord> {
    const created = record.resourceVersion === '';
    const key = { namespace: this.#namespace, name: record.name };
    const answer = await this.#http.json<LeaseObject>({
      method: created ? 'POST' : 'PUT',
      path: created ? collectionPath(leases, this.#namespace) : objectPath(leases, key),
      query: { fieldManager },
      body: objectOf(record, this.#namespace),
      timeoutMs: this.#timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
    return recordOf(answer);
  }
}

function recordOf(object: LeaseObject): LeaseRecord {
  const { metadata, spec } = object;
  const shards = Number(metadata.annotations?.[shardsAnnotation] ?? Number.NaN);
  return {
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
    holder: spec?.holderIdentity ?? '',
    durationSeconds: spec?.leaseDurationSeconds ?? 0,
    acquireTime: spec?.acquireTime ?? undefined,
    renewTime: spec?.renewTime ?? undefined,
    transitions: spec?.leaseTransitions ?? 0,
    shards: Number.isInteger(shards) ? shards : undefined,
    wantedBy: metadata.annotations?.[wantedByAnnotation],
  };
}

function objectOf(record: LeaseRecord, namespace: string): object {
  const annotations = {
    ...(record.shards === undefined ? {} : { [shardsAnnotation]: String(record.shards) }),
    ...(record.wantedBy === undefined ? {} : { [wantedByAnnotation]: record.wantedBy }),
  };
  return {
    apiVersion: apiVersionOf(leases),
    kind: leases.kind,
    metadata: {
      name: record.name,
      namespace,
      labels: leaseLabel,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...(record.resourceVersion === '' ? {} : { resourceVersion: record.resourceVersion }),
    },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: record.durationSeconds,
      acquireTime: record.acquireTime,
      renewTime: record.renewTime,
      leaseTransitions: record.transitions,
    },
  };
}
