import type { EntraSettings } from '../settings.ts';
import type { LogEntry, RequestLog } from '../types.ts';

/** Keeps what was asked of a tenant, up to the limit in its settings; counts without a limit. */
export class RequestJournal implements RequestLog {
  #settings: EntraSettings;
  #entries: LogEntry[] = [];
  #writes: LogEntry[] = [];
  #counts = new Map<string, number>();

  constructor(settings: EntraSettings) {
    this.#settings = settings;
  }

  record(entry: LogEntry, tookEffect: boolean): void {
    this.#keep(this.#entries, entry);
    if (entry.write && tookEffect) this.#keep(this.#writes, entry);
    const key = `${entry.operation} ${entry.status}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  entries(): readonly LogEntry[] {
    return this.#entries;
  }

  writes(): readonly LogEntry[] {
    return this.#writes;
  }

  count(operation: string, status?: number): number {
    if (status !== undefined) return this.#counts.get(`${operation} ${status}`) ?? 0;
    let total = 0;
    for (const [key, count] of this.#counts) if (key.slice(0, key.lastIndexOf(' ')) === operation) total += count;
    return total;
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** Appends; beyond the limit the older half is forgotten. */
  #keep(entries: LogEntry[], entry: LogEntry): void {
    if (entries.length >= this.#settings.logLimit) entries.splice(0, Math.ceil(entries.length / 2));
    entries.push(entry);
  }

  reset(): void {
    this.#entries = [];
    this.#writes = [];
    this.#counts.clear();
  }
}
