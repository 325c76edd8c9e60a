import type { SyncConfiguration, UserProjection } from '../../src/api/kinds.ts';
import { Confirmations } from '../../src/controllers/shared/confirmations.ts';
import type { CycleRun, Pause, Steps } from '../../src/controllers/sync-configuration/cycle-run.ts';
import { Findings } from '../../src/controllers/sync-configuration/findings.ts';
import { Memberships } from '../../src/controllers/sync-configuration/read/memberships.ts';
import { groupsOf } from '../../src/core/projection/groups.ts';
import { compileMappings, type Mappings } from '../../src/core/mapping/compile.ts';
import { compileFilters, type ScopeFilter } from '../../src/core/scope/filter.ts';
import { breather, type Clock } from '../../src/ports/clock.ts';
import type { SourceDirectory } from '../../src/ports/directory.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { keyString } from '../../src/ports/resources.ts';
import { fakeSource } from './fake-source.ts';
import { VirtualClock } from './virtual-clock.ts';

type Scope = SyncConfiguration['spec']['scope'];

/** What a test says of a cycle; the rest is that of a configuration with everybody in scope. */
export interface RunOptions {
  readonly source: Partial<SourceDirectory>;
  readonly scope?: Partial<Scope>;
  readonly kind?: CycleRun['kind'];
  readonly status?: Partial<SyncConfiguration['status']>;
  readonly clock?: Clock;
  /** Groups of the scope, as resolved. */
  readonly groups?: readonly { readonly id: string }[];
  /** Called with each record that is made, instead of keeping it. */
  readonly onRecord?: (name: string) => void;
}

export interface TestRun {
  readonly run: CycleRun;
  /** Records by source id, as written. */
  readonly records: Map<string, UserProjection>;
}

const minutes = 60_000;

/** A cycle over a fake source and a fake store of records. */
export function cycleRun(options: RunOptions): TestRun {
  const clock = options.clock ?? new VirtualClock();
  const scope = { type: 'All', includeNestedGroups: false, ...options.scope };
  const invitation = { address: 'UserPrincipalName', sendInvitationMessage: false, redirectUrl: 'https://example.com' };
  const spec = {
    mode: 'Apply',
    interval: '40m',
    scope,
    invitation,
    attributeMappings: [],
    memberStrategy: 'InviteAsMember',
    matching: { adoption: 'Adopt' },
    targetActions: ['Create', 'Update', 'Delete'],
    deprovisioning: { guard: { threshold: 500, percent: 20, minimum: 10, window: '24h' } },
  };
  const mappings = compileMappings({ defaultAttributeMappings: true, attributeMappings: [], invitation } as never) as Mappings;
  const records = new Map<string, UserProjection>();
  const findings = new Findings({ live: 0, found: 0 });
  findings.resolve({ users: [], groups: options.groups ?? [] });
  const configuration = { metadata: { namespace: 'identity', name: 'staff' }, spec, status: options.status ?? {} };
  const run = {
    deps: {
      clock,
      logger: silentLogger,
      tracker: { changed: () => undefined },
      confirmations: new Confirmations(),
      settings: { replicationWindowMs: 10 * minutes },
      groups: { lister: { byIndex: () => [] } },
      projections: {
        lister: listerOf(records),
        writer: writer(records, options.onRecord),
      },
    },
    id: 'cycle',
    kind: options.kind ?? 'Full',
    configuration,
    live: configuration,
    configurationKey: 'identity/staff',
    pair: { metadata: { name: 'pair' }, spec: { source: { tenantId: 'hub' }, target: { tenantId: 'spoke' } }, status: {} },
    session: { source: fakeSource(options.source) },
    mappings,
    filter: compileFilters(scope.filters ?? []) as ScopeFilter,
    memberships: new Memberships(),
    breathe: breather(clock),
    turn: { signal: new AbortController().signal, progress: 0 },
    findings,
    lost: new Map(),
    reconsidered: new Map(),
  } as unknown as CycleRun;
  return { run, records };
}

function listerOf(records: ReadonlyMap<string, UserProjection>): object {
  const each = (group: string): readonly UserProjection[] => [...records.values()].filter((record) => groupsOf(record).includes(group));
  return {
    get: ({ name }: { name: string }) => records.get(name.slice('staff-'.length)),
    byIndex: () => [...records.values()],
    each,
    count: (group: string) => each(group).length,
    subjects: (group: string) =>
      each(group).map((record) => ({ id: record.spec.source.objectId, key: keyString(record.metadata), read: () => record })),
  };
}

function writer(records: Map<string, UserProjection>, onRecord: RunOptions['onRecord']): object {
  return {
    create: ({ metadata, spec }: UserProjection): Promise<UserProjection> => {
      const made = { metadata: { ...metadata, generation: 1 }, spec, status: { state: 'Pending' } } as unknown as UserProjection;
      if (onRecord) onRecord(metadata.name);
      else records.set(spec.source.objectId, made);
      return Promise.resolve(made);
    },
    patch: ({ name }: { name: string }, patch: { spec: object }): Promise<UserProjection> => {
      const id = name.slice('staff-'.length);
      const before = records.get(id);
      if (!before) throw new Error(`no record ${name}`);
      const after = { ...before, spec: { ...before.spec, ...patch.spec } };
      records.set(id, after);
      return Promise.resolve(after);
    },
  };
}

/** Takes the steps of a cycle to their end, without waiting: the result, and the pauses that were asked for. */
export async function finish<T>(steps: Steps<T>): Promise<{ readonly result: T; readonly pauses: readonly Pause[] }> {
  const pauses: Pause[] = [];
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return { result: step.value, pauses };
    pauses.push(step.value);
  }
}
