import { listOption } from '../../odata/query.ts';
import type { UserLogEntry } from '../../state/change-log.ts';
import type { Json, JsonObject, SandboxUser } from '../../types.ts';
import type { Call, Reply } from '../call.ts';
import { GraphFault } from '../graph-fault.ts';
import { defaultUserSelect, rendered, userProperty } from '../users/properties.ts';
import { idFilter, refuseOptions } from './delta-options.ts';
import { drawnPageSize, roundsOf, type DeltaSource, type DeltaToken, type RoundItem } from './rounds.ts';

/** What a round has to tell about one user. */
interface Touched {
  /** The object is new to the reader: all of it is shown. */
  whole: boolean;
  /** Properties that changed. */
  readonly changed: Set<string>;
  /** Managers it had before, when the manager changed. */
  formerManagers: Set<string> | undefined;
}

/** GET /users/delta. */
export function usersDelta(call: Call): Reply {
  refuseOptions(call);
  return roundsOf(call.tenant).answer(call, usersSource, () => ({ select: select(call), ids: idFilter(call) }));
}

const usersSource: DeltaSource = {
  kind: 'users',
  path: '/users/delta',
  position: (call) => call.tenant.users.position(),
  pageSize: drawnPageSize,
  initial: (call, token) => {
    const items: RoundItem[] = [];
    const { tombstonesInInitialRound } = call.tenant.settings.delta;
    for (const user of call.tenant.users.delta.values()) {
      if (!isWanted(token, user.id) || (user.deletedAt !== null && !tombstonesInInitialRound)) continue;
      items.push(item(call, token, user.id, { whole: true, changed: new Set(), formerManagers: undefined }));
    }
    return items;
  },
  changes: (call, token, from) => {
    const touched = new Map<string, Touched>();
    const tracked = token.select === undefined ? undefined : new Set(token.select);
    for (const entry of call.tenant.users.log.between(from, token.position)) {
      if (isWanted(token, entry.id) && isTracked(entry, tracked)) note(touched, entry);
    }
    return [...touched].map(([id, what]) => item(call, token, id, what));
  },
};

function select(call: Call): readonly string[] | undefined {
  const names = listOption(call.query, '$select');
  for (const name of names ?? []) {
    if (name === 'manager') continue;
    const property = userProperty(call.tenant, name);
    if (property === undefined) {
      throw new GraphFault(400, 'BadRequest', `Could not find a property named '${name}' on type 'microsoft.graph.user'.`);
    }
    if (property.outside === true) throw new GraphFault(501, 'NotImplemented', `Changes of '${name}' are not tracked.`);
  }
  return names;
}

function isWanted(token: DeltaToken, id: string): boolean {
  return token.ids === undefined || token.ids.includes(id);
}

function isTracked(entry: UserLogEntry, tracked: ReadonlySet<string> | undefined): boolean {
  if (entry.changed === undefined) return true;
  for (const name of entry.changed) if (tracked === undefined || tracked.has(name)) return true;
  return false;
}

function note(touched: Map<string, Touched>, entry: UserLogEntry): void {
  let found = touched.get(entry.id);
  if (found === undefined) touched.set(entry.id, (found = { whole: false, changed: new Set(), formerManagers: undefined }));
  if (entry.changed === undefined) found.whole = true;
  for (const name of entry.changed ?? []) found.changed.add(name);
  if (entry.changed?.has('manager') !== true) return;
  found.formerManagers ??= new Set();
  if (entry.managerBefore !== null) found.formerManagers.add(entry.managerBefore);
}

function item(call: Call, token: DeltaToken, id: string, what: Touched): RoundItem {
  const minimal = /return=minimal/i.test(call.headers.prefer ?? '') && !what.whole;
  return () => {
    const user = call.tenant.users.delta.get(id);
    if (user === undefined) return what.whole ? { id, '@removed': { reason: 'deleted' } } : undefined;
    if (user.deletedAt !== null) return { id, '@removed': { reason: 'changed' } };
    const shown = token.select ?? defaultUserSelect;
    return render(user, minimal ? shown.filter((name) => what.changed.has(name)) : shown, what, tracksManager(token));
  };
}

function tracksManager(token: DeltaToken): boolean {
  return token.select === undefined || token.select.includes('manager');
}

function render(user: SandboxUser, shown: readonly string[], what: Touched, withManager: boolean): JsonObject {
  const body: Record<string, Json> = {};
  for (const name of shown) {
    if (name === 'manager') continue;
    // Absent: never had a value. Null: had one.
    if (name === 'id' || user.properties[name] !== undefined) {
      const value = rendered(user, name);
      if (value !== undefined) body[name] = value;
      else body[name] = null;
    }
  }
  body.id = user.id;
  if (withManager) {
    const manager = managerChange(user, what);
    if (manager !== undefined) body['manager@delta'] = manager;
  }
  return body;
}

function managerChange(user: SandboxUser, what: Touched): Json | undefined {
  if (!what.whole && what.formerManagers === undefined) return undefined;
  const entries: Json[] = [];
  if (user.managerId !== null) entries.push({ '@odata.type': '#microsoft.graph.user', id: user.managerId });
  for (const id of what.formerManagers ?? []) {
    if (id !== user.managerId) entries.push({ '@odata.type': '#microsoft.graph.user', id, '@removed': { reason: 'deleted' } });
  }
  return entries.length === 0 ? undefined : entries;
}
