import type { Random } from '../../../src/ports/clock.ts';
import type { Fault, FaultHandle, Faults, RequestInfo } from './types.ts';

interface Entry {
  readonly fault: Fault;
  left: number;
  toPass: number;
  applied: number;
}

/** Faults asked for by tests, in the order in which they were added. */
export class FaultList implements Faults {
  #entries: Entry[] = [];
  #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  add(fault: Fault): FaultHandle {
    const unlimited = fault.times === undefined && fault.probability !== undefined;
    const entry: Entry = { fault, left: unlimited ? Infinity : (fault.times ?? 1), toPass: fault.after ?? 0, applied: 0 };
    this.#entries.push(entry);
    return {
      get applied() {
        return entry.applied;
      },
      remove: () => {
        this.#entries = this.#entries.filter((each) => each !== entry);
      },
    };
  }

  clear(): void {
    this.#entries = [];
  }

  /** The fault for a request, used up by being asked for. `usable` leaves out effects that cannot be had here. */
  take(info: RequestInfo, usable: (fault: Fault) => boolean): Fault | undefined {
    for (const entry of this.#entries) {
      if (entry.left <= 0 || !fits(entry.fault, info) || !usable(entry.fault)) continue;
      if (entry.toPass > 0) {
        entry.toPass -= 1;
        continue;
      }
      const { probability } = entry.fault;
      if (probability !== undefined && this.#random.next() >= probability) continue;
      entry.left -= 1;
      entry.applied += 1;
      return entry.fault;
    }
    return undefined;
  }
}

function fits({ match, effect }: Fault, info: RequestInfo): boolean {
  if ((effect === 'deltaReset' || effect === 'deltaExpire') && !/\/delta(\(\))?\?.*token=./i.test(info.path)) return false;
  if (match === undefined) return true;
  if (match.path !== undefined && info.path.search(match.path) < 0) return false;
  if (match.body !== undefined && (info.body ?? '').search(match.body) < 0) return false;
  const equal = [
    [match.tenant, info.tenantId],
    [match.method?.toUpperCase(), info.method],
    [match.operation, info.operation],
    [match.write, info.write],
    [match.appId, info.appId],
  ];
  return equal.every(([wanted, is]) => wanted === undefined || wanted === is);
}
