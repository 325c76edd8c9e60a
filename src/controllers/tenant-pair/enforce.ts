import type { TenantPair } from '../../api/kinds.ts';
import { directoryFailure, type DirectoryFailure } from '../../core/errors/directory-error.ts';
import {
  begunFor,
  describeChanges,
  mayWritePolicies,
  standingOf,
  writeBegun,
  writesWanted,
  type AccessWrite,
  type Enforcement,
  type EnforcementWrite,
  type Side,
} from '../../core/preflight/enforce.ts';
import type { PreflightFacts } from '../../core/preflight/facts.ts';
import { hashOf } from '../../core/hash.ts';
import type { CallOptions } from '../../ports/directory.ts';
import { priorities } from '../../ports/reconcile.ts';
import type { Dependencies } from '../shared/dependencies.ts';
import type { PairSession } from '../shared/pair-sessions.ts';
import { objectReference, recordFacts } from '../shared/skeleton.ts';
import { accessFacts } from './gather.ts';
import { duplicateProblem } from './validate.ts';

/** A pair whose access settings are to be written, with what was read of them. */
export interface EnforcedPair {
  readonly pair: TenantPair;
  readonly session: Pick<PairSession, 'source' | 'target' | 'settings'>;
  readonly facts: PreflightFacts;
}

/** What is to be written now: wanted, permitted, and not waiting for an earlier write to show itself. */
export function writesDue(deps: Dependencies, { pair, facts }: EnforcedPair): readonly AccessWrite[] {
  const { enforcement } = pair.status;
  return writesWanted(facts, pair.spec.crossTenantAccess, enforcement).filter(
    (write) => mayWritePolicies(facts[write.side]) && standingOf(begunFor(write, enforcement), deps.clock.now()) === 'None',
  );
}

/** Why no access setting may be written at this instant, if so, by what the process knows. */
function settingsObstacle(deps: Dependencies, pair: TenantPair): string | undefined {
  const current = deps.pairs.lister.get(pair.metadata);
  if (current?.metadata.uid !== pair.metadata.uid || current.metadata.deletionTimestamp !== undefined) return 'Gone';
  if (current.metadata.generation !== pair.metadata.generation) return 'SpecChanged';
  if (current.spec.suspend) return 'Suspended';
  if (!deps.shards.holds(deps.shards.shardOf(pair.spec.target.tenantId))) return 'LeaseNotHeld';
  return duplicateProblem(deps, current)?.reason;
}

/**
 * Writes access settings, one side after the other (B8, B9). Each write is on record before it leaves, with what it changes, so that it is read
 * again and told of whatever happens to this process. Whether anything has come of it. Rejects with KubeError, and when throttled.
 */
export async function writeSettings(
  deps: Dependencies,
  enforced: EnforcedPair,
  due: readonly AccessWrite[],
  signal: AbortSignal,
): Promise<boolean> {
  const before = enforced.pair.status.enforcement ?? {};
  let enforcement = before;
  for (const write of due) {
    if (signal.aborted || settingsObstacle(deps, enforced.pair) !== undefined) break;
    enforcement = await writeOne(deps, enforced, { write, enforcement }, signal);
  }
  return enforcement !== before;
}

interface OneWrite {
  readonly write: AccessWrite;
  readonly enforcement: Enforcement;
}

const partnerOf = ({ spec }: TenantPair, side: Side): string => spec[side === 'source' ? 'target' : 'source'].tenantId;

/** A write that is on record, by settings that were read after that: between the read and the write is nothing of ours. */
interface Recorded {
  readonly write: AccessWrite;
  readonly former: EnforcementWrite | undefined;
  readonly begun: EnforcementWrite;
  /** Puts another word in its place; undefined: none. */
  readonly record: (own: EnforcementWrite | undefined) => Promise<Enforcement>;
}

/** Others who change the same settings again and again have the last word. */
const mostReadings = 3;

/**
 * Puts a write on record, and reads the settings once more: whatever others have changed until then is in what goes back, as far as Graph allows, which
 * has no condition for a write. Undefined: it is not wanted any more, or the settings cannot be read; then it is off the record again.
 */
async function recordAndRead(
  deps: Dependencies,
  enforced: EnforcedPair,
  due: OneWrite,
  options: CallOptions,
): Promise<Recorded | undefined> {
  const { enforcement } = due;
  const { pair } = enforced;
  let { write } = due;
  for (let reading = 1; ; reading += 1) {
    const former = begunFor(write, enforcement);
    const others = (enforcement.writes ?? []).filter((other) => other !== former);
    const record = async (own: EnforcementWrite | undefined): Promise<Enforcement> => {
      const writes = own === undefined ? others : [...others, own];
      await recordFacts(
        deps.pairs,
        pair.metadata,
        { enforcement: { writes: writes.length === 0 ? null : writes } },
        { signal: options.signal },
      );
      return { ...enforcement, writes };
    };
    const begun = writeBegun(write, former, deps.clock.now());
    await record(begun);
    const read = await settled(wantedNow(enforced, due, options));
    const now = 'value' in read ? read.value : undefined;
    if (now !== undefined && hashOf(now.changes) === hashOf(write.changes)) return { write: now, former, begun, record };
    if (now === undefined || reading === mostReadings) {
      await record(former);
      if ('error' in read) throw read.error;
      return undefined;
    }
    write = now;
  }
}

async function settled<T>(work: Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  const [result] = await Promise.allSettled([work]);
  return result.status === 'fulfilled' ? { value: result.value } : { error: result.reason };
}

async function writeOne(deps: Dependencies, enforced: EnforcedPair, due: OneWrite, signal: AbortSignal): Promise<Enforcement> {
  const { pair } = enforced;
  const options = { signal, priority: priorities.onDemand };
  const recorded = await recordAndRead(deps, enforced, due, options);
  if (recorded === undefined) return due.enforcement;
  const { write, former, begun, record } = recorded;
  const sent = await attemptWrite(deps, enforced, write, options);
  switch (sent.type) {
    case 'Written':
      tellWritten(deps, pair, write);
      return record({ ...begun, told: true });
    case 'NotSent': {
      const after = await record(former);
      if (sent.error !== undefined) throw sent.error;
      return after;
    }
    case 'Unknown':
      return record(begun);
    case 'NothingDone':
      return record({ ...begun, told: true });
    case 'Refused':
      if (sent.failure.reason !== former?.refused) tellRefusal(deps, pair, write, sent.failure);
      return record({ ...begun, told: true, refused: sent.failure.reason });
  }
}

/**
 * What became of a write. `Unknown`: no answer came. `NothingDone`: somebody else has made the object meanwhile, or what it hangs on is not visible to
 * the service yet. `NotSent`: stopped by us, or by the quota.
 */
type Sent =
  | { readonly type: 'Written' | 'Unknown' | 'NothingDone' }
  | { readonly type: 'NotSent'; readonly error?: Error }
  | { readonly type: 'Refused'; readonly failure: DirectoryFailure };

async function attemptWrite(deps: Dependencies, enforced: EnforcedPair, write: AccessWrite, options: CallOptions): Promise<Sent> {
  const stopped: { by?: string } = {};
  const mayStart = (): boolean => {
    const obstacle = settingsObstacle(deps, enforced.pair);
    if (obstacle !== undefined) stopped.by = obstacle;
    return obstacle === undefined;
  };
  try {
    await send(enforced, write, { ...options, mayStart });
    return { type: 'Written' };
  } catch (error) {
    const failure = directoryFailure(error);
    if (failure === undefined) throw error;
    if (stopped.by !== undefined) return { type: 'NotSent' };
    switch (failure.kind) {
      case 'Throttled':
        return { type: 'NotSent', error: error as Error };
      case 'ObjectConflict':
      case 'NotFound':
        return { type: 'NothingDone' };
      case 'Unavailable':
        return { type: 'Unknown' };
      default:
        return { type: 'Refused', failure };
    }
  }
}

/** The same write by the settings as they are now; undefined where it is not wanted any more, or they cannot be read. */
async function wantedNow(
  { pair, session, facts }: EnforcedPair,
  { write, enforcement }: OneWrite,
  options: CallOptions,
): Promise<AccessWrite | undefined> {
  const { side, type } = write;
  try {
    const access = accessFacts(await session[side].partnerAccess(partnerOf(pair, side), options));
    const now = { ...facts, ...(side === 'source' ? { sourceAccess: access } : { targetAccess: access }) };
    return writesWanted(now, pair.spec.crossTenantAccess, enforcement).find((wanted) => wanted.side === side && wanted.type === type);
  } catch (error) {
    const failure = directoryFailure(error);
    if (failure === undefined || failure.kind === 'Throttled') throw error;
    return undefined;
  }
}

function send({ pair, session, facts }: EnforcedPair, write: AccessWrite, options: CallOptions): Promise<void> {
  const partner = partnerOf(pair, write.side);
  const settings = session.settings[write.side];
  if (write.type === 'UserSync') {
    const { source } = facts;
    return settings.createUserSync(partner, source.type === 'Connected' ? source.displayName : '', options);
  }
  return write.create ? settings.createPartner(partner, write.settings, options) : settings.updatePartner(partner, write.settings, options);
}

/** Tells of a change: an Event of the pair, and a line of the provisioning log. */
export function tellWritten(deps: Dependencies, pair: TenantPair, { side, changes }: Pick<EnforcementWrite, 'side' | 'changes'>): void {
  const note = `Access settings were written. ${describeChanges(side, changes)}`;
  deps.events.emit(objectReference(pair), { type: 'Normal', reason: 'AccessSettingsWritten', action: 'Enforce', note });
  log(deps, pair, { side, changes }, undefined);
}

function tellRefusal(deps: Dependencies, pair: TenantPair, { side, changes }: AccessWrite, failure: DirectoryFailure): void {
  const note = `Access settings could not be written (${failure.reason}). ${describeChanges(side, changes)}`;
  deps.events.emit(objectReference(pair), { type: 'Warning', reason: 'AccessSettingsRefused', action: 'Enforce', note });
  log(deps, pair, { side, changes }, failure);
}

function log(
  { provisioningLog, clock }: Dependencies,
  pair: TenantPair,
  { side, changes }: Pick<EnforcementWrite, 'side' | 'changes'>,
  failure: DirectoryFailure | undefined,
): void {
  provisioningLog.writeSettings({
    at: clock.now(),
    namespace: pair.metadata.namespace,
    pair: pair.metadata.name,
    tenantId: pair.spec[side].tenantId,
    partnerTenantId: partnerOf(pair, side),
    status: failure === undefined ? 'success' : 'failure',
    changes,
    reason: failure === undefined ? 'AccessSettingsWritten' : 'AccessSettingsRefused',
    errorCode: failure?.code,
    recommendedAction: failure?.message,
  });
}
