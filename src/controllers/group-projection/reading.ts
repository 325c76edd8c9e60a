import { DirectoryError, directoryFailure } from '../../core/errors/directory-error.ts';
import { hashOf } from '../../core/hash.ts';
import type { MemberReading, Side } from '../shared/member-readings.ts';
import { readPages } from '../shared/pages.ts';
import { CycleFailure, type Turn } from '../shared/steps.ts';
import { Deferred } from '../shared/write-gate.ts';
import { personOf } from './whose.ts';
import type { GroupWork } from './work.ts';

/** After so long a pass that reads gives way: what is left of the time of a reconcile suffices for the request under way. */
export const readTurnMs = 60_000;
/** A reading that has not come to its end by then is begun anew. */
const longestReadingMs = 24 * 3_600_000;

/** How one side of a group is read. */
interface SideRead extends Pick<MemberReading, 'from' | 'ask'> {
  readonly side: Side;
  /** What the first page is asked for. */
  readonly start: Readonly<Record<string, unknown>>;
}

/**
 * Everything on all pages of one side. A pass that has read for a while gives way, as does one that is to wait: the next goes on at the page that follows.
 * Rejects with Deferred then, and with DirectoryError where nothing follows from what was read.
 */
export async function readSide(work: GroupWork, paged: SideRead): Promise<MemberReading> {
  const { key } = work;
  const { readings } = work.deps.groupMemory;
  const reading = resumable(work, paged) ?? readings.begin(key, paged.side, newReading(work, paged));
  reading.turn.signal = work.options.signal;
  reading.ask = paged.ask;
  try {
    await goOn(work, reading);
    return reading;
  } catch (error) {
    if (error instanceof Deferred) throw error;
    readings.drop(key, paged.side);
    throw failureOf(work, reading, error);
  }
}

const identityOf = ({ record: { metadata } }: GroupWork, { start }: SideRead): string =>
  hashOf([metadata.uid, metadata.generation, JSON.stringify(start)]);

/** The reading that an earlier pass has begun, if that was of the same. */
function resumable(work: GroupWork, paged: SideRead): MemberReading | undefined {
  const reading = work.deps.groupMemory.readings.of(work.key, paged.side);
  if (reading?.of !== identityOf(work, paged) || reading.from !== paged.from) return undefined;
  return work.deps.clock.monotonic() - reading.begunAt > longestReadingMs ? undefined : reading;
}

function newReading(work: GroupWork, paged: SideRead): MemberReading {
  const { deps, key, options } = work;
  const turn: Turn = { signal: options.signal, progress: 0 };
  const begunAt = deps.clock.monotonic();
  const { ask, from } = paged;
  const reading: Omit<MemberReading, 'steps'> = {
    of: identityOf(work, paged),
    from,
    begunAt,
    turn,
    ask,
    ids: new Set(),
    members: new Map(),
    resumeAt: begunAt,
    endedAt: undefined,
  };
  const steps = readPages(
    { deps, turn },
    {
      what: 'the members of a group',
      start: {},
      read: (request) => whole.ask('link' in request ? request.link : undefined),
      take: ({ items }) => {
        const before = whole.ids.size;
        for (const member of items) {
          whole.ids.add(member.id);
          // Whose account that is tells its record; nothing else is needed of who has one.
          if (!member.isUser || (member.user !== undefined && personOf(work, member.id) === undefined))
            whole.members.set(member.id, member);
        }
        deps.groupMemory.readings.tookPage(key, deps.clock.monotonic());
        return whole.ids.size - before;
      },
    },
  );
  const whole: MemberReading = Object.assign(reading, { steps });
  return whole;
}

/** Reads on until the end, or until the pass gives way; at least one page is read in each pass. */
async function goOn(work: GroupWork, reading: MemberReading): Promise<void> {
  const { clock } = work.deps;
  while (reading.endedAt === undefined) {
    const waitMs = reading.resumeAt - clock.monotonic();
    if (waitMs > 0) throw new Deferred('MembersRead', waitMs);
    if (work.done.pages > 0 && clock.monotonic() - work.startedAt > readTurnMs) throw new Deferred('MembersRead', 0);
    const step = await reading.steps.next();
    work.done.pages += 1;
    if (step.done === true) reading.endedAt = clock.monotonic();
    else reading.resumeAt = clock.monotonic() + step.value.waitMs;
  }
}

/** What a reading that has failed means for the pass. */
function failureOf(work: GroupWork, reading: MemberReading, error: unknown): unknown {
  if (error instanceof CycleFailure) {
    const message = 'A list of members did not come to its end. Nothing is changed; it is read again.';
    return new DirectoryError({ kind: 'Unavailable', reason: 'SourceReadIncomplete', code: 'Other', message, status: 0 });
  }
  // A link from an earlier pass may be too old to be followed: that is no refusal of the group.
  const isOld = reading.begunAt < work.startedAt && directoryFailure(error, 'InvalidRequest', 'NotFound', 'DeltaExpired', 'Unclassified');
  return isOld ? new Deferred('MembersRead', 0) : error;
}
