import { annotations, type SyncConfiguration } from '../../../api/kinds.ts';
import type { SyncConfigurationStatus } from '../../../api/generated.ts';
import type { Reason } from '../../../api/reasons.ts';
import { timestamp } from '../../../core/duration.ts';
import { hashOf } from '../../../core/hash.ts';
import { omit } from '../../../core/omit.ts';
import { decideCreation, isCreationStaged } from '../../../core/guard/creations.ts';
import { byWhom, deciderOf } from '../../../core/guard/decider.ts';
import { decideGroup as decideStaged } from '../../../core/groups/transitions.ts';
import { isStaged, type RecordGroup } from '../../../core/projection/groups.ts';
import { stagedOfGroup } from '../../../core/groups/staged.ts';
import { isUntampered, sealSpec, type UnsealedSpec } from '../../../core/projection/sealed-spec.ts';
import { approve, reject } from '../../../core/projection/transitions.ts';
import { mergePatchBetween } from '../../../core/status/merge-patch.ts';
import { keyString, parseKey } from '../../../ports/resources.ts';
import { groupIndexes, type Dependencies } from '../../shared/dependencies.ts';
import { objectReference, recordFacts } from '../../shared/skeleton.ts';
import { approvedCycle, hasApproved, withCycle } from '../approved.ts';
import { inParallel } from '../cycle-run.ts';
import { decidePurges } from './decided-purges.ts';
import { countOf, namesIn, peopleOf, visitProjections, type Walked, type WhoseAll } from '../projections.ts';

type HandledDecision = NonNullable<SyncConfigurationStatus['lastHandledDeletionDecision']>;
type Staged = NonNullable<SyncConfigurationStatus['stagedDeletions']>;
type StagedCreations = NonNullable<SyncConfigurationStatus['stagedCreations']>;
type StagedPurges = NonNullable<SyncConfigurationStatus['stagedPurges']>;

/** As many people of a staged set as status names. */
const longestSample = 20;
/** As many decisions as status remembers. */
const mostDecisions = 20;

const converts = ({ conversion }: UnsealedSpec): boolean => conversion?.verdict === 'Staged';

/** Why somebody waits, as status counts it. */
function stagedFor(spec: UnsealedSpec): keyof NonNullable<Staged['byReason']> {
  if (spec.lifecycle === 'RemovalStaged') return spec.removal?.reason ?? 'Unassigned';
  return spec.blockStaged === true ? 'Disabled' : 'Converted';
}

/** The staged set as status shows it; the token stands for exactly these members, and for what is to be done to each. */
export async function stagedDeletions(whose: WhoseAll, since: string): Promise<Staged | undefined> {
  const members: string[] = [];
  const people: string[] = [];
  const byReason: NonNullable<Staged['byReason']> = {};
  await visitProjections(whose, 'Staged', ({ metadata, spec }) => {
    members.push(`${metadata.name}:${spec.lifecycle}:${spec.removal?.action ?? ''}${converts(spec) ? ':convert' : ''}`);
    people.push(spec.source.objectId);
    const reason = stagedFor(spec);
    Object.assign(byReason, { [reason]: (byReason[reason] ?? 0) + 1 });
  });
  const ofPeople = members.length;
  let count = ofPeople;
  for (const { member, reason, size } of stagedGroups(whose)) {
    members.push(member);
    count += size;
    Object.assign(byReason, { [reason]: (byReason[reason] ?? 0) + size });
  }
  if (members.length === 0) return undefined;
  const live = countOf(whose, 'Live');
  return {
    count,
    percent: ofPeople > 0 && live === 0 ? 100 : Math.ceil((ofPeople * 100) / Math.max(1, live)),
    token: hashOf([members.sort(), since]),
    since,
    byReason,
    sample: people.sort().slice(0, longestSample),
  };
}

interface StagedGroup {
  readonly member: string;
  readonly reason: 'GroupRemoved' | 'MemberRemoved';
  /** How many count: the group, or the members who would leave it. */
  readonly size: number;
}

/** What of groups waits for a decision: deletions, and removals of exactly the members that the evidence stands for. */
function* stagedGroups({ deps, configurationKey }: WhoseAll): Generator<StagedGroup> {
  for (const record of deps.groups.lister.byIndex(groupIndexes.configuration, configurationKey)) {
    const staged = stagedOfGroup(record);
    const { name } = record.metadata;
    if (staged?.type === 'Deletion') yield { member: `${name}:group:${staged.evidence}`, reason: 'GroupRemoved', size: 1 };
    if (staged?.type === 'Members') yield { member: `${name}:members:${staged.evidence}`, reason: 'MemberRemoved', size: staged.count };
  }
}

async function recordNames(whose: Walked, group: RecordGroup): Promise<string[]> {
  return (await namesIn(whose, group)).map(({ metadata }) => metadata.name);
}

/** The staged creations as status shows them; the token stands for exactly these people. */
export async function stagedCreations(whose: Walked, since: string): Promise<StagedCreations | undefined> {
  const members = await recordNames(whose, 'CreationStaged');
  return members.length === 0 ? undefined : { count: members.length, token: hashOf(['Creations', members.sort(), since]), since };
}

/** The purges that the guard holds, as status shows them; the token stands for exactly these people. */
export async function stagedPurges(whose: Walked, since: string): Promise<StagedPurges | undefined> {
  const members = await recordNames(whose, 'PurgeHeld');
  return members.length === 0 ? undefined : { count: members.length, token: hashOf(['Purges', members.sort(), since]), since };
}

type Decision = 'Approved' | 'Rejected';
type SetName = NonNullable<HandledDecision['set']>;

/** A staged set that status shows as it is now. */
interface StagedSet {
  readonly set: SetName;
  readonly token: string;
}

/** The staged sets that may be decided about: one whose members have changed since it was shown is not what an administrator has seen. */
async function shownSets({ status }: SyncConfiguration, whose: WhoseAll): Promise<readonly StagedSet[]> {
  const { stagedDeletions: deletions, stagedCreations: creations, stagedPurges: purges } = status;
  const actual: readonly (readonly [SetName, string | undefined, string | undefined])[] = [
    ['Deletions', deletions?.token, deletions?.since && (await stagedDeletions(whose, deletions.since))?.token],
    ['Creations', creations?.token, creations?.since && (await stagedCreations(whose, creations.since))?.token],
    ['Purges', purges?.token, purges?.since && (await stagedPurges(whose, purges.since))?.token],
  ];
  return actual.flatMap(([set, shown, now]) => (shown !== undefined && shown === now ? [{ set, token: shown }] : []));
}

/** An administrator's decision about the staged set, by annotation. A set that both annotations name is rejected: nothing is done. */
function decisionAbout(configuration: SyncConfiguration, token: string): Decision | undefined {
  const { annotations: given } = configuration.metadata;
  if (given?.[annotations.rejectDeletions] === token) return 'Rejected';
  return given?.[annotations.approveDeletions] === token ? 'Approved' : undefined;
}

/**
 * Values of the two annotations that this process has seen, by configuration. An old value stays on the resource after it was handled,
 * so that only one that appears while the process is watching can be a mistake to be told.
 */
const seen = new WeakMap<Dependencies, Map<string, ReadonlySet<string>>>();

/** Tells once of a value that names no staged set. */
function refuseUnknown(deps: Dependencies, configuration: SyncConfiguration): void {
  const known = seen.get(deps) ?? new Map<string, ReadonlySet<string>>();
  seen.set(deps, known);
  const { annotations: given, uid } = configuration.metadata;
  const values = [given?.[annotations.approveDeletions], given?.[annotations.rejectDeletions]].filter((value) => value !== undefined);
  const before = known.get(uid);
  known.set(uid, new Set([...(before ?? []), ...values]));
  const done = configuration.status.lastHandledDeletionDecision?.token;
  if (!before || values.every((value) => before.has(value) || value === done)) return;
  deps.events.emit(objectReference(configuration), {
    type: 'Warning',
    reason: 'DeletionDecisionRefused',
    action: 'Decide',
    note: 'The annotation names a set that is not staged now. Look at the set and use the value of status.stagedDeletions.token, status.stagedCreations.token or status.stagedPurges.token.',
  });
}

/** What is told of a decision that was carried out. */
const told = {
  Deletions: {
    Approved: ['DeletionsApproved', 'The staged deletions were approved', ' and are carried out.'],
    Rejected: ['DeletionsRejected', 'The staged deletions were rejected', '.'],
  },
  Creations: {
    Approved: ['CreationsApproved', 'The staged creations were approved', ' and are carried out.'],
    Rejected: ['CreationsRejected', 'The staged creations were rejected', '.'],
  },
  Purges: {
    Approved: ['PurgesApproved', 'The purges that the guard held were approved', ' and are carried out.'],
    Rejected: ['PurgesRejected', 'The purges that the guard held were rejected', ': the accounts are left to the directory.'],
  },
} as const satisfies Record<SetName, Record<Decision, readonly [reason: Reason, what: string, end: string]>>;

/**
 * Takes up a decision about a staged set: records it, then marks the projections, then records that it is done, so that a crash
 * anywhere goes on from there. Each token decides once. Returns true when the resource was changed and is to be looked at anew.
 */
export async function handleDecision(deps: Dependencies, configuration: SyncConfiguration, signal: AbortSignal): Promise<boolean> {
  const whose = { deps, configurationKey: keyString(configuration.metadata) };
  const last = configuration.status.lastHandledDeletionDecision;
  if (last?.state === 'Executing') {
    await finishDecision(whose, configuration, last, signal);
    return true;
  }
  const decided = (await shownSets(configuration, whose))
    .map((shown) => ({ ...shown, decision: decisionAbout(configuration, shown.token) }))
    .find(({ decision }) => decision !== undefined);
  if (decided?.decision === undefined) {
    refuseUnknown(deps, configuration);
    return false;
  }
  const live = await deps.configurations.writer.getLive(configuration.metadata, signal);
  const { set, token, decision } = decided;
  const decider = live === undefined ? { verified: false } : deciderOf(live.metadata, deps.settings.deciders);
  const taken = { token, decision, ...decider, at: timestamp(deps.clock.now()), state: 'Executing' } as const;
  const ofSet = set === 'Deletions' ? {} : { set };
  await recordFacts(
    deps.configurations,
    configuration.metadata,
    {
      lastHandledDeletionDecision: { set: null, by: null, ...ofSet, ...taken },
      deletionDecisions: [{ ...ofSet, ...taken, ...sizeOf(configuration, set) }, ...(configuration.status.deletionDecisions ?? [])].slice(
        0,
        mostDecisions,
      ),
    },
    { signal, resourceVersion: configuration.metadata.resourceVersion },
  );
  return true;
}

/** How many people a decision is about, and why, as status shows them. */
function sizeOf({ status }: SyncConfiguration, set: SetName): { readonly count: number; readonly byReason?: Staged['byReason'] } {
  if (set === 'Creations') return { count: status.stagedCreations?.count ?? 0 };
  if (set === 'Purges') return { count: status.stagedPurges?.count ?? 0 };
  return { count: status.stagedDeletions?.count ?? 0, byReason: status.stagedDeletions?.byReason };
}

/** Marks the records as was decided, and says that it is done. */
async function finishDecision(
  whose: WhoseAll & { readonly deps: Dependencies },
  configuration: SyncConfiguration,
  decided: HandledDecision,
  signal: AbortSignal,
): Promise<void> {
  const { set = 'Deletions', decision = 'Rejected' } = decided;
  const { deps } = whose;
  await (set === 'Purges' ? decidePurges(whose, decided, signal) : execute(whose, decided, signal));
  await recordFacts(
    deps.configurations,
    configuration.metadata,
    {
      lastHandledDeletionDecision: { ...decided, state: 'Done' },
      deletionDecisions: configuration.status.deletionDecisions?.map((each) =>
        each.token === decided.token ? { ...each, state: 'Done' } : each,
      ),
      ...(set !== 'Creations' && decision === 'Approved' ? { history: withApproved(whose, configuration, decided) } : {}),
      [shownAs[set]]: null,
    },
    { signal },
  );
  const [reason, what, end] = told[set][decision];
  const who = byWhom({ ...decided, verified: decided.verified === true });
  deps.events.emit(objectReference(configuration), { type: 'Normal', reason, action: 'Decide', note: `${what}${who}${end}` });
  const { namespace, name } = configuration.metadata;
  deps.metrics.deletionDecisionsTotal.inc({ namespace, configuration: name, decision });
  deps.logger.info('A staged set was decided about', { namespace, configuration: name, set, decision, token: decided.token });
}

/** The history with the work that an approval lets begin (F1). One that finds nothing to do any more has none. */
function withApproved(
  whose: WhoseAll & { readonly deps: Dependencies },
  { status: { history = [] } }: SyncConfiguration,
  { token = '', at = '' }: HandledDecision,
): typeof history {
  const isThere = history.some(({ id }) => id === token) || !hasApproved(whose, token);
  return isThere ? history : withCycle(history, approvedCycle(token, at));
}

const shownAs = { Deletions: 'stagedDeletions', Creations: 'stagedCreations', Purges: 'stagedPurges' } as const;

/**
 * Marks what of groups is staged as was decided. Removals that were staged after the decision are of other members than those whom the administrator has
 * seen, and go on waiting.
 */
async function executeGroups(
  whose: WhoseAll & { readonly deps: Dependencies },
  decided: HandledDecision,
  signal: AbortSignal,
): Promise<void> {
  const { token = '', by, decision = 'Rejected', at = '' } = decided;
  const { lister, writer } = whose.deps.groups;
  const now = whose.deps.clock.now();
  // A time ahead of our clock is of a clock that was wrong, and tells of nothing that came later.
  const isLater = (since: string): boolean => Date.parse(since) >= Date.parse(at) && Date.parse(since) <= now;
  await inParallel(lister.byIndex(groupIndexes.configuration, whose.configurationKey), 16, async ({ metadata, spec, status }) => {
    if (spec.mode !== 'Apply' || !isUntampered(spec)) return;
    const { evidence, since = '' } = status.stagedRemovals ?? {};
    const shown = isLater(since) ? undefined : evidence;
    const decidedSpec = decideStaged(omit(spec, 'revision'), shown, decision, { token, ...(by === undefined ? {} : { by }) });
    const patch = mergePatchBetween(spec, sealSpec(decidedSpec));
    if (patch) await writer.patch(metadata, { spec: patch }, { signal });
  });
}

async function execute(whose: WhoseAll & { readonly deps: Dependencies }, decided: HandledDecision, signal: AbortSignal): Promise<void> {
  const { token = '', by, decision = 'Rejected', set } = decided;
  const approval = { token, ...(by === undefined ? {} : { by }) };
  const decide = (spec: UnsealedSpec): UnsealedSpec => {
    if (set === 'Creations') return decideCreation(spec, decision, approval);
    return decision === 'Approved' ? approve(spec, approval) : reject(spec);
  };
  const { lister, writer } = whose.deps.projections;
  const waits = set === 'Creations' ? isCreationStaged : isStaged;
  const staged = Array.from(peopleOf(whose, set === 'Creations' ? 'CreationStaged' : 'Staged'), ({ key }) => key);
  await inParallel(staged, 16, async (key) => {
    const record = lister.get(parseKey(key));
    if (record === undefined || !waits(record)) return;
    const { spec, metadata } = record;
    const patch = mergePatchBetween(spec, sealSpec(decide(omit(spec, 'revision'))));
    if (patch) await writer.patch(metadata, { spec: patch }, { signal });
  });
  if (set !== 'Creations') await executeGroups(whose, decided, signal);
}
