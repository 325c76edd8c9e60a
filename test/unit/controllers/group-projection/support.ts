import { apiVersion, groupProjectionName, type GroupProjection } from '../../../../src/api/kinds.ts';
import type { SyncConfigurationSpec, TenantPairSpec } from '../../../../src/api/generated.ts';
import type { ObjectMeta } from '../../../../src/api/meta.ts';
import { groupProjectionReconciler } from '../../../../src/controllers/group-projection/controller.ts';
import { evaluationRevision } from '../../../../src/core/cycle/fingerprint.ts';
import { groupAnchor } from '../../../../src/core/groups/anchor.ts';
import type { UnsealedGroupSpec } from '../../../../src/core/groups/transitions.ts';
import { omit } from '../../../../src/core/omit.ts';
import { sealSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import type { ReconcileResult } from '../../../../src/ports/reconcile.ts';
import { keyString } from '../../../../src/ports/resources.ts';
import { FakeGroups } from '../../../support/fake-groups.ts';
import { recordWith, sourceTenantId, targetTenantId } from '../../core/support.ts';
import { People } from '../people.ts';
import { Site, type SiteOptions } from '../support.ts';

export const sourceGroup = '44444444-4444-4444-8444-444444444444';
export const anchor = groupAnchor('default', { tenantId: sourceTenantId, objectId: sourceGroup });

/** The group of the target that the record is linked to, as the operator has made it: `made-1`. */
export const ours = { displayName: 'Falcon', mailNickname: 'Falcon', uniqueName: anchor } as const;

/** A link to that group, made long ago. */
export const linked = { targetGroup: { objectId: 'made-1', origin: 'Created', createdAt: '2026-01-01T00:00:00Z' } } as const;

export interface GroupGiven {
  readonly spec?: Partial<UnsealedGroupSpec>;
  readonly status?: Partial<GroupProjection['status']>;
  readonly metadata?: Partial<ObjectMeta>;
}

/** The record of the source group, sealed, with something to be done about it. */
export function groupRecordWith({ spec, status, metadata }: GroupGiven = {}): GroupProjection {
  return {
    apiVersion,
    kind: 'GroupProjection',
    metadata: {
      name: groupProjectionName('staff', sourceGroup),
      namespace: 'identity',
      uid: 'uid-group',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: sealSpec({
      syncConfigurationRef: { name: 'staff' },
      source: { tenantId: sourceTenantId, objectId: sourceGroup },
      target: { tenantId: targetTenantId },
      mode: 'Apply',
      lifecycle: 'Present',
      attributes: { displayName: 'Falcon', mailNickname: 'Falcon' },
      members: { membership: 'Direct', propagateRemovals: true, exclusive: false },
      ...spec,
    }),
    status: { observedGeneration: -1, state: 'Pending', ...status },
  };
}

/** Names of that many people: `p1` has, or will have, the account `a1`. */
export function persons(count: number, from = 1): readonly string[] {
  return Array.from({ length: count }, (_, index) => `p${from + index}`);
}

export const accountsOf = (people: readonly string[]): readonly string[] => people.map((person) => person.replace('p', 'a'));

/** The record of a person whose account is live. */
export function personRecord(person: string, status: Parameters<typeof recordWith>[0] = {}): ReturnType<typeof recordWith> {
  const name = `staff-${person}`;
  return recordWith({
    ...status,
    spec: { source: { tenantId: sourceTenantId, objectId: person }, ...status.spec },
    metadata: { name, uid: `uid-${name}`, ...status.metadata },
    status: { targetUser: { objectId: person.replace('p', 'a'), origin: 'Created' }, ...status.status },
  });
}

export interface GroupSiteOptions extends GroupGiven, Pick<SiteOptions, 'configuration' | 'pair'> {
  /** People with live accounts, all of them members of the source group. */
  readonly people?: readonly string[];
  /** Users who are in the target group, which is there then. */
  readonly members?: readonly string[];
  /** Whether no cycle of the configuration has come to its end. */
  readonly evaluated?: 'Never';
}

/** The record of one group, its configuration and pair, both tenants, and a process that looks after them. */
export class GroupSite {
  readonly people = new People();
  readonly site: Site;
  readonly target = new FakeGroups();
  readonly key: string;
  /** The status of the record at the last request of each kind: what a crash in the midst of it would leave behind. */
  readonly seen = new Map<string, GroupProjection['status']>();

  constructor(options: GroupSiteOptions = {}) {
    const { people = [], members } = options;
    this.people.join(sourceGroup, ...people);
    this.site = new Site({
      records: people.map((person) => personRecord(person)),
      source: this.people.source,
      ...(options.configuration && { configuration: options.configuration }),
      ...(options.pair && { pair: options.pair }),
    });
    Object.assign(this.site.session, { groups: this.target.directory });
    this.configurationChanges(options.evaluated === 'Never' ? 'Never' : 'Now');
    const made = members === undefined ? {} : linked;
    const record = groupRecordWith({ ...options, status: { ...made, ...options.status } });
    this.key = keyString(this.site.groups.put(record).metadata);
    if (members !== undefined) this.target.put('made-1', ours, members);
    this.target.during = (operation) => void this.seen.set(operation, this.record.status);
  }

  /** The configuration gets this spec; `Now`: and a cycle has evaluated everybody by it. */
  configurationChanges(evaluated: 'Never' | 'Later' | 'Now', change: Partial<SyncConfigurationSpec> = {}): void {
    const { spec, status, ...configuration } = this.site.configuration;
    const changed = { ...spec, ...change };
    const watermark = {
      takenAt: this.site.at(),
      revision: evaluationRevision(evaluated === 'Later' ? spec : changed),
      users: 'u',
      groups: '',
    };
    this.site.configurations.put({
      ...configuration,
      spec: changed,
      status: evaluated === 'Never' ? omit(status, 'watermark') : { ...status, watermark },
    });
  }

  pairChanges(change: Partial<TenantPairSpec>): void {
    const [pair] = this.site.pairs.list();
    if (pair === undefined) throw new Error('there is none');
    this.site.pairs.put({ ...pair, spec: { ...pair.spec, ...change } });
  }

  get deps(): Site['deps'] {
    return this.site.deps;
  }

  /** The record as it stands now. */
  get record(): GroupProjection {
    const [record] = this.site.groups.list();
    if (record === undefined) throw new Error('there is none');
    return record;
  }

  /** Why the record is ready or not. */
  get reason(): string | undefined {
    return this.record.status.conditions?.find(({ type }) => type === 'Ready')?.reason;
  }

  get warnings(): readonly string[] {
    return this.record.status.warnings?.map(({ reason }) => reason) ?? [];
  }

  /** Who is in the group that the record is linked to. */
  get members(): readonly string[] {
    return this.target.members('made-1');
  }

  /** Writes the record as the operator would have written it. */
  rewrite(spec: Partial<UnsealedGroupSpec>): void {
    const { metadata } = this.record;
    const former = omit(this.record.spec, 'revision');
    this.site.groups.put({
      ...this.record,
      metadata: { ...metadata, generation: metadata.generation + 1 },
      spec: sealSpec({ ...former, ...spec }),
    });
  }

  /** One reconcile of the record, or of another one. */
  reconcile(key = this.key): Promise<ReconcileResult> {
    const reconcile = groupProjectionReconciler(this.deps);
    return reconcile(key, { signal: new AbortController().signal, logger: silentLogger, reconcileId: 'r' });
  }

  /** One more look, after a time in which the target's setting was read again. */
  async lookAgain(afterMs = 0): Promise<ReconcileResult> {
    await this.site.clock.advance(afterMs);
    this.deps.groupMemory.requestAttempt(this.key);
    return this.reconcile();
  }
}
