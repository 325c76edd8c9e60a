import type { SyncConfiguration, TenantPair, UserProjection } from '../../../api/kinds.ts';
import type { DirectoryUser } from '../../../api/directory-user.ts';
import {
  compareAccount,
  comparedProperties,
  isComparable,
  type Comparing,
  type Comparison,
  type DriftPolicy,
} from '../../../core/drift/compare.ts';
import { driftEntries, showsDrift } from '../../../core/drift/entries.ts';
import { timestamp } from '../../../core/duration.ts';
import { isMailChanged } from '../../../core/lifecycle/mail.ts';
import { isExcluded } from '../../../core/limits/limits.ts';
import type { Mappings } from '../../../core/mapping/compile.ts';
import { hasAccount } from '../../../core/projection/account.ts';
import { isOfPair } from '../../../core/projection/claims.ts';
import type { Breathe } from '../../../ports/clock.ts';
import type { TargetDirectory } from '../../../ports/directory.ts';
import type { GroupDirectory } from '../../../ports/group-directory.ts';
import { priorities } from '../../../ports/reconcile.ts';
import { KubeError, keyString } from '../../../ports/resources.ts';
import type { Look } from '../../shared/cycle-tracker.ts';
import { projectionIndexes, type Dependencies } from '../../shared/dependencies.ts';
import { recordFacts } from '../../shared/skeleton.ts';
import { CycleFailure, inSteps, retried, type Steps, type Turn } from '../cycle-run.ts';
import { countOf, namesIn, projectionsOf } from '../projections.ts';
import { compareGroups, forgetGroups } from './groups.ts';

/** What a pass works on. It reads the list of the target's users and nothing else of the tenants. */
export interface Pass {
  readonly deps: Dependencies;
  readonly configuration: SyncConfiguration;
  readonly configurationKey: string;
  readonly pair: TenantPair;
  readonly target: Pick<TargetDirectory, 'tenantId' | 'usersPage'>;
  readonly groups: Pick<GroupDirectory, 'findAnchored'>;
  readonly mappings: Mappings;
  readonly policy: DriftPolicy;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly breathe: Breathe;
  readonly turn: Turn;
  /** `driftedGroups`: there where the configuration has groups. */
  readonly counts: { compared: number; drifted: number; unseen: number; driftedGroups?: number };
  /** Names of records whose accounts are read because their mail has come or gone. */
  readonly mailed: Set<string>;
  /** Object ids of our accounts that the list has shown. */
  readonly seen: Set<string>;
}

/**
 * Accounts that a list did not show, or whose mail has changed, and that are read by their ids in one pass: a list that ends early, or addresses that
 * come for everybody, must not become a read for each at once. The next passes go on.
 */
const mostLooks = 200;
/** More pages than any directory has users for. */
const mostPages = 20_000;
const settleMs = 2000;

/**
 * One pass over the accounts (E11): compares what the list of the target's users shows of each account that is ours with what its record says. What
 * differs is recorded, or set back by the record itself, which reads the account first. What the list does not show, or shows as another one, is looked
 * at by the record too: the list proves nothing. Rejects with CycleFailure, DirectoryError or KubeError; then nothing follows from what was not read.
 */
export async function* comparePass(pass: Pass): Steps<void> {
  const links = new Set<string>();
  let link: string | undefined;
  do {
    const readAt = pass.deps.clock.now();
    const page = yield* readPage(pass, link);
    yield* comparePage(pass, page.items, readAt);
    link = page.next;
    if (link !== undefined && (links.has(link) || links.size >= mostPages))
      throw new CycleFailure('GraphUnavailable', 'The list of the target has no end.');
    if (link !== undefined) links.add(link);
    yield { waitMs: 0 };
  } while (link !== undefined);
  yield* lookForUnseen(pass);
  yield* compareGroups(pass);
  yield* settleLooks(pass);
}

/** What drift has been found is forgotten: nobody looks for it any more. */
export async function* forgetDrift(pass: Pass): Steps<void> {
  const drifted = await namesIn(pass, 'Drifted');
  yield* inSteps(pass, drifted, async ({ metadata }) => {
    const record = pass.deps.projections.lister.get(metadata);
    if (record) await recordDrift(pass, { metadata: record.metadata, attributes: [] });
  });
  yield* forgetGroups(pass);
}

function comparingAt(pass: Pass, readAt: number): Comparing {
  return {
    mappings: pass.mappings,
    anchor: pass.configuration.spec.matching.anchor?.attribute,
    installation: pass.deps.settings.installationId,
    limits: pass.pair.spec.limits,
    readAt,
    replicationWindowMs: pass.deps.settings.replicationWindowMs,
  };
}

async function* readPage(pass: Pass, link: string | undefined): Steps<Awaited<ReturnType<TargetDirectory['usersPage']>>> {
  const select = comparedProperties(pass.mappings, pass.configuration.spec.matching.anchor?.attribute);
  const page = yield* retried(pass, () => pass.target.usersPage(link, select, { signal: pass.turn.signal, priority: priorities.drift }));
  pass.turn.progress += 1;
  return page;
}

/** What is to be recorded about one account. */
interface Difference {
  /** Of the record, as it was compared. */
  readonly metadata: UserProjection['metadata'];
  readonly attributes: readonly string[];
}

async function* comparePage(pass: Pass, users: readonly DirectoryUser[], readAt: number): Steps<void> {
  const comparing = comparingAt(pass, readAt);
  const changed: Difference[] = [];
  for (const user of users) {
    const difference = await pass.breathe(() => compareUser(pass, user, comparing));
    if (difference !== undefined) changed.push(difference);
  }
  yield* inSteps(pass, changed, (one) => recordDrift(pass, one));
}

/** The record of this configuration whose account that is. */
function recordOf({ deps, target, configuration }: Pass, accountId: string): UserProjection | undefined {
  const { namespace, name } = configuration.metadata;
  return deps.projections.lister
    .byIndex(projectionIndexes.targetUser, `${target.tenantId}/${accountId}`.toLowerCase())
    .find(({ metadata, spec }) => metadata.namespace === namespace && spec.syncConfigurationRef.name === name);
}

/** Compares one user of the list, who may be nobody of ours. Returns what is to be recorded, if anything. */
function compareUser(pass: Pass, user: DirectoryUser, comparing: Comparing): Difference | undefined {
  const record = recordOf(pass, user.id);
  if (record === undefined || !isOfPair(record.spec, pass.pair)) return undefined;
  if (hasAccount(record)) pass.seen.add(user.id);
  if (!isComparable(record, comparing) || isExcluded(comparing.limits, user)) return undefined;
  return conclude(pass, record, { comparison: compareAccount(record, user, comparing), mailChanged: isMailChanged(record.status, user) });
}

interface Found {
  readonly comparison: Comparison;
  readonly mailChanged: boolean;
}

function conclude(pass: Pass, record: UserProjection, { comparison, mailChanged }: Found): Difference | undefined {
  pass.counts.compared += 1;
  if (comparison.type === 'Doubtful') {
    ask(pass, record, 'Compare');
    return undefined;
  }
  const { attributes } = comparison;
  if (attributes.length > 0) pass.counts.drifted += 1;
  if (attributes.length > 0 && pass.policy === 'Correct') {
    ask(pass, record, 'Correct');
    return undefined;
  }
  if (mailChanged && pass.mailed.size < mostLooks) {
    pass.mailed.add(record.metadata.name);
    // A contact that came takes an address away without a word, and one that went gives it back: the record says which (D5).
    ask(pass, record, 'Compare');
    return undefined;
  }
  return showsDrift(record.status, attributes) ? undefined : { metadata: record.metadata, attributes };
}

/** Has the record look at its account, behind everything else that is to be done. */
function ask({ deps, configurationKey }: Pass, record: UserProjection, look: Look): void {
  const key = keyString(record.metadata);
  deps.tracker.requestLook(configurationKey, key, look);
  deps.enqueue.projection(key, { priority: priorities.drift });
}

/** Writes on the version of the record that was compared: one that has changed meanwhile is compared again in the next pass. */
async function recordDrift({ deps, turn }: Pass, { metadata, attributes }: Difference): Promise<void> {
  const record = deps.projections.lister.get(metadata);
  const { resourceVersion } = metadata;
  if (record?.metadata.resourceVersion !== resourceVersion) return;
  const drift = driftEntries(attributes, record.status.drift, timestamp(deps.clock.now())) ?? null;
  try {
    await recordFacts(deps.projections, record.metadata, { drift }, { resourceVersion, signal: turn.signal });
  } catch (error) {
    if (!(error instanceof KubeError) || (error.kind !== 'Conflict' && error.kind !== 'NotFound')) throw error;
  }
  turn.progress += 1;
}

/** Accounts that the whole list did not show: each is looked for by its id, so many in a pass, by turns. */
async function* lookForUnseen(pass: Pass): Steps<void> {
  // Where all were seen nobody walks over the records.
  if (pass.seen.size >= countOf(pass, 'WithAccount')) return;
  const unseen: UserProjection['metadata'][] = [];
  const comparing = comparingAt(pass, pass.startedAt);
  for (const record of projectionsOf(pass, 'WithAccount')) {
    await pass.breathe(() => {
      const id = record.status.targetUser?.objectId;
      const known = record.status.warnings?.some(({ reason }) => reason === 'AccountGone') === true;
      if (id !== undefined && !pass.seen.has(id) && !known && isComparable(record, comparing)) unseen.push(record.metadata);
    });
  }
  pass.counts.unseen = unseen.length;
  const first = unseen.length <= mostLooks ? 0 : Math.floor(pass.deps.random.next() * unseen.length);
  for (const metadata of [...unseen.slice(first), ...unseen.slice(0, first)].slice(0, mostLooks)) {
    const record = pass.deps.projections.lister.get(metadata);
    if (record !== undefined) ask(pass, record, 'Compare');
  }
  yield { waitMs: 0 };
}

/** A pass ends when its looks have: one that a restart has made forget them is repeated. */
async function* settleLooks({ deps, configurationKey, turn, breathe }: Pass): Steps<void> {
  for (let open = deps.tracker.openLooks(configurationKey); open > 0;) {
    yield { waitMs: settleMs };
    const left = await breathe(() => deps.tracker.openLooks(configurationKey));
    if (left < open) turn.progress += 1;
    open = left;
  }
}
