import type { Random } from '../../../../src/ports/clock.ts';
import type { EntraSettings, Span } from '../settings.ts';
import type { SandboxUser } from '../types.ts';
import type { Agenda } from './agenda.ts';
import { ChangeLog, type UserLogEntry } from './change-log.ts';
import { Replica } from './replica.ts';

/** A value drawn uniformly from the span; no randomness is used up where there is nothing to draw. */
export function draw(span: Span, random: Random): number {
  return span.max <= span.min ? span.min : span.min + (span.max - span.min) * random.next();
}

interface Surroundings {
  readonly settings: EntraSettings;
  readonly random: Random;
  readonly agenda: Agenda;
  readonly now: () => number;
}

/**
 * The users of a tenant: the truth (`primary`), what plain reads see, what advanced queries see, and what delta rounds see.
 * A write goes to the truth at once and to the others after their lags.
 */
export class UserTable {
  readonly primary = new Replica();
  readonly reads = new Replica();
  readonly advanced = new Replica();
  /** Users as of the visible end of the log. */
  readonly delta = new Map<string, SandboxUser>();
  readonly log = new ChangeLog<UserLogEntry>();
  #around: Surroundings;
  #version = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  nextVersion(): number {
    return (this.#version += 1);
  }

  /** Stores a new picture of a user. `changed` as in the log. */
  write(user: SandboxUser, changed: ReadonlySet<string> | undefined): void {
    const before = this.primary.get(user.id);
    this.primary.put(user);
    this.#replicate((replica) => replica.put(user));
    this.#append({
      id: user.id,
      kind: user.deletedAt === null ? 'present' : 'deleted',
      user,
      changed,
      managerBefore: before?.managerId ?? null,
    });
  }

  purge(id: string): void {
    const version = this.nextVersion();
    this.primary.purge(id, version);
    this.#replicate((replica) => replica.purge(id, version));
    this.#append({ id, kind: 'purged', user: undefined, changed: undefined, managerBefore: null });
  }

  /** The position up to which delta rounds see the log now; `delta` agrees with it afterwards. */
  position(): number {
    return this.log.position(this.#around.now(), (entry) => {
      if (entry.user === undefined) this.delta.delete(entry.id);
      else this.delta.set(entry.id, entry.user);
    });
  }

  #append(entry: UserLogEntry): void {
    const { settings, random, now } = this.#around;
    this.log.append(entry, now() + draw(settings.replication.delta, random));
  }

  #replicate(apply: (replica: Replica) => void): void {
    const { settings, random, agenda, now } = this.#around;
    const readLag = draw(settings.replication.reads, random);
    const advancedLag = Math.max(readLag, draw(settings.replication.advanced, random));
    if (readLag <= 0) apply(this.reads);
    else agenda.add(now() + readLag, () => apply(this.reads));
    if (advancedLag <= 0) apply(this.advanced);
    else agenda.add(now() + advancedLag, () => apply(this.advanced));
  }
}
