import type { JsonObject } from '@tenantsync/sandbox/entra';
import type { Backup, EmbeddedKubernetes } from '@tenantsync/sandbox/kubernetes';
import { projectionName, type SyncConfiguration, type UserProjection } from '../../src/api/kinds.ts';
import { Features } from './chaos-features.ts';
import { ChaosGroups } from './chaos-groups.ts';
import { ChaosPurges } from './chaos-purges.ts';
import { Rules } from './chaos-rules.ts';
import { History } from './chaos-history.ts';
import type { ChaosOptions } from './chaos-schedule.ts';
import { anchorAttribute, ChaosTenants, secondSecret, minute, type Person } from './chaos-tenants.ts';
import { namespace, type World } from './world.ts';

const usualPatienceMs = 20_000;
/** So many answers are waited for, one after the other, from a reading to what it leads to. */
const answersInSequence = 6;
/** From a change of a spec to its effect on what leaves. */
const usualSightMs = 100;

const isEmbedded = (kube: object): kube is EmbeddedKubernetes => 'restore' in kube;

/** A world in which things happen, with what has to be remembered of them to tell whether the operator keeps its promises. */
export class ChaosWorld extends ChaosTenants {
  /** People whose record somebody deleted: whoever then leaves before the next cycle has been let go with it. */
  readonly recordDeleted = new Set<string>();
  /** Accounts that a record has had. */
  readonly linked = new Set<string>();
  /** Source ids whose removal or block an administrator has approved. */
  readonly approved = new Set<string>();
  readonly history = new History();
  readonly features: Features;
  readonly purges: ChaosPurges;
  readonly rules: Rules;
  /** Groups that are projected, where there are any. */
  readonly projecting: ChaosGroups | undefined;
  /** Since when the guard can know of what was done, on the directory's clock: with a lost cluster its window begins anew. */
  guardSince = 0;
  /** What is in the cluster, as it is in Git. */
  configurationName = 'staff';
  /** The spec of the configuration. */
  manifest: JsonObject = {};
  /** Further installations over the same tenants. */
  readonly others: World[] = [];
  /** What the pair asks for beside the tenants, as it is in Git. */
  #pair: JsonObject = {};
  /** Most accounts that were there, or on their way, at the same time. */
  mostLive = 0;
  /** Since when pair or configuration are suspended or in Plan mode (monotonic). */
  stoppedAt: number | undefined;
  /** Watches may be behind until then. */
  watchesBehindUntil = 0;
  startedAt = 0;
  /** What was in the cluster some time ago: from the beginning, until another one is made. */
  #backup: Backup | undefined;
  /** Takes back the kills that are still to come. */
  readonly disarm = new Set<() => void>();

  constructor(options: ChaosOptions) {
    super(options);
    this.features = new Features(this);
    this.purges = new ChaosPurges(this);
    this.rules = new Rules(this);
    if (options.groups !== undefined) this.projecting = new ChaosGroups(this, options.groups);
    this.followCluster();
  }

  /** Starts the operator over a world that has been there for a while. */
  async begin(): Promise<void> {
    const { scope, anchor, adoption, threshold, percent, interval, creations, strategy, purges = false } = this.options;
    await this.world.run(2 * minute);
    this.manifest = {
      ...(strategy === undefined ? {} : { memberStrategy: strategy, memberConversionDelay: '1m' }),
      interval,
      scope: scope === 'All' ? { type: 'All' } : { type: 'Assigned', groups: this.groups.map(({ id }) => ({ id })) },
      matching: { adoption, ...(anchor ? { anchor: { attribute: anchorAttribute } } : {}) },
      deprovisioning: {
        guard: { threshold, percent, minimum: 1, ...(creations === undefined ? {} : { creations }) },
        revokeSessions: true,
        purgeAfterSourcePurge: purges,
      },
      ...(this.projecting === undefined ? {} : { groups: this.projecting.spec() }),
    };
    this.features.begin();
    this.applyManifests();
    this.noteSource();
    await this.start();
    await this.world.run(2 * minute);
    this.keepBackup();
  }

  keepBackup(): void {
    const { kube } = this.world;
    if (isEmbedded(kube)) this.#backup = kube.backup();
  }

  /** Puts back what was in the cluster; false if that is not possible. */
  putBackupBack(): boolean {
    const { kube } = this.world;
    if (!this.#backup || !isEmbedded(kube)) return false;
    this.world.killOperator();
    kube.restore(this.#backup);
    return true;
  }

  /** Applies everything from Git; what is in the cluster and not in Git is deleted. */
  applyManifests(): void {
    const { kube } = this.world;
    for (const { metadata } of kube.list('SyncConfiguration', { namespace }))
      if (metadata.name !== this.configurationName) kube.delete({ kind: 'SyncConfiguration', name: metadata.name ?? '', namespace });
    this.#applyPair();
    this.world.applyConfiguration(this.manifest, this.configurationName);
  }

  #applyPair(): void {
    const { second, world } = this;
    const name = 'spoke-app-second';
    if (second === undefined) {
      world.applyPair(this.#pair);
      return;
    }
    world.secret(name, { clientSecret: secondSecret });
    const additionalCredentials = [{ clientSecret: { clientId: second.appId, secretRef: { name, key: 'clientSecret' } } }];
    world.applyPair({ target: { ...(world.pairSpec().target as JsonObject), additionalCredentials }, ...this.#pair });
  }

  /** From the reading that a decision rests on to what it leads to, beside what the directories are behind. */
  patienceMs(): number {
    return usualPatienceMs + answersInSequence * this.slowestAnswerMs;
  }

  /** Whether the operator knew of a change of a spec when it wrote. */
  knewOf(since: number, at: number): boolean {
    return at > since + (this.watchesBehindUntil > since ? 3 * minute : usualSightMs);
  }

  /** Takes down what the source says of everybody; to be called whenever that may have changed. */
  noteSource(): void {
    const now = this.world.clock.monotonic();
    for (const person of this.people) {
      const user = this.sourceOf(person);
      if (user === undefined) this.purges.gone(person, now);
      const memberships = [0, 1].map((index) => [this.group(index)?.deletedAt, this.group(index)?.members.has(person.id)]);
      const own = JSON.stringify([user?.deletedAt, user?.properties, user?.managerId]);
      const standing = { inScope: this.inScope(person), enabled: user?.properties.accountEnabled !== false };
      this.history.note(person, { ...standing, own, stamp: JSON.stringify([own, memberships]) }, now);
    }
    this.projecting?.note();
  }

  /** Begins to count the accounts of a cluster that has just been made. */
  followCluster(): void {
    this.world.kube.hooks.after(({ method, path }) => (method === 'GET' || path.includes('/leases/') ? undefined : this.#countLive()));
  }

  /** The record of a person is gone, or may be. */
  loseRecord(person: Person): void {
    this.recordDeleted.add(person.id);
    this.purges.forget(person.id);
    this.noteUnmarked(person);
  }

  /** All records may be gone or old, and with them what they knew. */
  forgetRecords(): void {
    for (const person of this.people) this.loseRecord(person);
    this.history.forgetRejections();
  }

  end(): void {
    for (const world of [this.world, ...this.others]) {
      world.killOperator();
      world.kube.close();
    }
  }

  /** Projections whose removal, block or conversion waits for a decision. */
  staged(): readonly UserProjection[] {
    return this.world
      .projections()
      .filter(({ spec }) => spec.syncConfigurationRef.name === this.configurationName)
      .filter(({ spec }) => spec.lifecycle === 'RemovalStaged' || spec.blockStaged === true || spec.conversion?.verdict === 'Staged');
  }

  /** Whether a record has the manager of the source. A manager is not read with each change: what was decided without one ends when it is. */
  knowsManager({ source, manager }: UserProjection['spec']): boolean {
    return (this.world.hub.user(source.objectId)?.managerId ?? undefined) === manager?.sourceObjectId;
  }

  /** Whether anything of people or groups waits for a decision. */
  isWaiting(): boolean {
    return this.staged().length > 0 || (this.projecting?.staged().length ?? 0) > 0;
  }

  /** Whatever misbehaves behaves from now on. */
  endFaults(): void {
    this.world.entra.faults.clear();
    this.world.kube.faults.clear();
    this.setLag('none');
    this.setLatency(0);
    for (const end of this.disarm) end();
    this.disarm.clear();
  }

  async start(): Promise<void> {
    if (this.world.running) return;
    this.startedAt = this.world.clock.monotonic();
    await this.world.startOperator();
  }

  setSpec(changes: JsonObject): void {
    this.manifest = { ...this.manifest, ...changes };
    this.world.kube.patch({ kind: 'SyncConfiguration', name: this.configurationName, namespace }, { spec: changes });
    this.#noteStop();
  }

  suspendPair(on: boolean): void {
    this.setPair({ suspend: on });
    this.#noteStop();
  }

  setPair(changes: JsonObject): void {
    this.#pair = { ...this.#pair, ...changes };
    this.#applyPair();
  }

  #noteStop(): void {
    const { suspend, mode } = this.manifest;
    const stopped = suspend === true || mode === 'Plan' || this.#pair.suspend === true;
    this.stoppedAt = stopped ? (this.stoppedAt ?? this.world.clock.monotonic()) : undefined;
  }

  configuration(): SyncConfiguration {
    return this.world.configuration(this.configurationName);
  }

  /** The record of a person, live or not. */
  projection(person: Pick<Person, 'id'>): UserProjection | undefined {
    return this.world.projection(person.id, this.configurationName);
  }

  annotate(name: string, value: string): void {
    this.world.annotate('SyncConfiguration', this.configurationName, { [`tenantsync.dev/${name}`]: value });
  }

  /** Decides about what is staged at this moment. */
  decide(decision: 'approve' | 'reject'): void {
    const token = this.configuration().status.stagedDeletions?.token;
    if (token !== undefined) this.decideAbout(token, decision);
  }

  /** Decides about a set by its token. Whoever is staged now is meant only if it is still that set. */
  decideAbout(token: string, decision: 'approve' | 'reject'): void {
    if (this.configuration().status.stagedDeletions?.token === token) {
      this.projecting?.decided(decision);
      for (const { spec } of this.staged()) {
        if (decision === 'approve') this.approved.add(spec.source.objectId);
        else if (this.knowsManager(spec)) this.history.reject(spec.source.objectId, token);
      }
    }
    this.annotate(`${decision}-deletions`, token);
  }

  /** Does something with the record of whoever is in the place. */
  withRecord(place: number, act: (name: string) => void): void {
    const person = this.personAt(place);
    if (!person || !this.projection(person)) return;
    act(projectionName(this.configurationName, person.id));
    this.history.forgetRejections(person.id);
    this.purges.forget(person.id);
  }

  #countLive(): void {
    this.projecting?.noteRecords();
    for (const { status } of this.world.projections()) if (status.targetUser !== undefined) this.linked.add(status.targetUser.objectId);
    const live = this.world.projections().filter(({ status: { state, targetUser, intent } }) => {
      const gone = state === 'SoftDeleted' || state === 'Purged' || state === 'Retained';
      return !gone && (targetUser !== undefined || intent !== undefined);
    });
    this.mostLive = Math.max(this.mostLive, new Set(live.map(({ spec }) => spec.source.objectId)).size);
  }
}
