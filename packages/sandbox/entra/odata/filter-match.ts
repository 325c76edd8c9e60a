import type { Replica } from '../state/replica.ts';
import type { Json, SandboxUser } from '../types.ts';
import type { Comparison, Filter, Literal } from './filter-syntax.ts';

/** The value behind a path such as mail or onPremisesExtensionAttributes/extensionAttribute1; an empty path is the value itself. */
function valueAt(value: Json | undefined, path: string): Json | undefined {
  if (path === '') return value;
  let found = value;
  for (const step of path.split('/')) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
    found = (found as Record<string, Json>)[step];
  }
  return found;
}

/** Whether a JSON value passes. Strings compare without regard to case, except that the SMTP: of proxy addresses is told from smtp:. */
export function matches(filter: Filter, value: Json | undefined): boolean {
  switch (filter.kind) {
    case 'or':
      return filter.items.some((item) => matches(item, value));
    case 'and':
      return filter.items.every((item) => matches(item, value));
    case 'not':
      return !matches(filter.item, value);
    case 'compare':
      return compare(valueAt(value, filter.path), filter.op, filter.value);
    case 'in':
      return filter.values.some((each) => compare(valueAt(value, filter.path), 'eq', each));
    case 'text': {
      const text = valueAt(value, filter.path);
      if (typeof text !== 'string') return false;
      const [left, right] = [folded(text), folded(filter.value)];
      if (filter.test === 'startswith') return left.startsWith(right);
      return filter.test === 'endswith' ? left.endsWith(right) : left.includes(right);
    }
    case 'any': {
      const items = valueAt(value, filter.path);
      return Array.isArray(items) && (items as readonly Json[]).some((item) => matches(filter.item, item));
    }
  }
}

/**
 * Users among which all that pass are: found by index where the filter allows it. Undefined: look at all.
 */
export function candidates(filter: Filter, replica: Replica): readonly SandboxUser[] | undefined {
  switch (filter.kind) {
    case 'or': {
      const union = new Map<string, SandboxUser>();
      for (const item of filter.items) {
        const found = candidates(item, replica);
        if (found === undefined) return undefined;
        for (const user of found) union.set(user.id, user);
      }
      return [...union.values()];
    }
    case 'and': {
      let best: readonly SandboxUser[] | undefined;
      for (const item of filter.items) {
        const found = candidates(item, replica);
        if (found !== undefined && (best === undefined || found.length < best.length)) best = found;
      }
      return best;
    }
    case 'compare':
      return filter.op === 'eq' ? withValue(filter.path, filter.value, replica) : undefined;
    case 'in':
      return candidates(
        { kind: 'or', items: filter.values.map((value) => ({ kind: 'compare', path: filter.path, op: 'eq', value })) },
        replica,
      );
    case 'text':
      return filter.test === 'startswith' && filter.path !== 'id' ? replica.withPrefix(filter.path, filter.value) : undefined;
    case 'any':
      return inCollection(filter.path, filter.item, replica);
    case 'not':
      return undefined;
  }
}

function inCollection(path: string, item: Filter, replica: Replica): readonly SandboxUser[] | undefined {
  if (item.kind === 'compare' && item.path === '' && item.op === 'eq') return withValue(path, item.value, replica);
  if (item.kind === 'text' && item.path === '' && item.test === 'startswith') return replica.withPrefix(path, item.value);
  return undefined;
}

const scanned = new Set(['userType', 'accountEnabled', 'creationType', 'externalUserState', 'country', 'usageLocation']);

function withValue(path: string, value: Literal, replica: Replica): readonly SandboxUser[] | undefined {
  if (typeof value !== 'string' || scanned.has(path)) return undefined;
  if (path !== 'id') return replica.withValue(path, value);
  const user = replica.get(value.toLowerCase());
  return user === undefined ? [] : [user];
}

function compare(left: Json | undefined, op: Comparison, right: Literal): boolean {
  const value = left ?? null;
  const equal = typeof value === 'string' && typeof right === 'string' ? folded(value) === folded(right) : value === right;
  if (op === 'eq') return equal;
  if (op === 'ne') return !equal;
  if (value === null || right === null || typeof value === 'object') return false;
  const order = typeof value === 'string' && typeof right === 'string' ? value.localeCompare(right) : Number(value) - Number(right);
  switch (op) {
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
  }
}

function folded(text: string): string {
  return text.startsWith('SMTP:') ? `SMTP:${text.slice(5).toLowerCase()}` : text.toLowerCase();
}
