import type { Random } from '../../../../src/ports/clock.ts';
import type { Fault, Faults, RequestRecord } from '../types.ts';

interface Rule {
  readonly fault: Fault;
  left: number;
}

/** The rules of misbehaviour, and which of them a request falls under. */
export class FaultBook implements Faults {
  readonly #random: Random;
  readonly #rules = new Set<Rule>();

  constructor(random: Random) {
    this.#random = random;
  }

  add(fault: Fault): () => void {
    const rule = { fault, left: fault.times ?? (fault.probability === undefined ? 1 : Number.POSITIVE_INFINITY) };
    this.#rules.add(rule);
    return () => void this.#rules.delete(rule);
  }

  clear(): void {
    this.#rules.clear();
  }

  /** The first fault that hits the request; counts as one of its times. */
  take(request: RequestRecord): Fault | undefined {
    for (const rule of this.#rules) {
      if (!hits(rule.fault, request)) continue;
      if (rule.fault.probability !== undefined && this.#random.next() >= rule.fault.probability) continue;
      rule.left -= 1;
      if (rule.left <= 0) this.#rules.delete(rule);
      return rule.fault;
    }
    return undefined;
  }
}

const watchEffects = new Set<unknown>(['dropWatch', 'stallWatch', 'halfClose']);

function hits(fault: Fault, request: RequestRecord): boolean {
  const { method, path, watch, userAgent } = fault.match ?? {};
  if (method !== undefined && method !== request.method) return false;
  if (watch !== undefined && watch !== request.watch) return false;
  if (watchEffects.has(fault.effect) && !request.watch) return false;
  return matches(path, request.path) && matches(userAgent, request.userAgent);
}

/** A text matches what contains it. */
function matches(pattern: string | RegExp | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  return typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text);
}
