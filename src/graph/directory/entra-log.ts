import { directoryFailure } from '../../core/errors/directory-error.ts';
import type { EntraWrite } from '../../core/parity/parity.ts';
import type { CallOptions } from '../../ports/directory.ts';
import type { GraphClient } from '../http/client.ts';
import { readCost } from '../quota/costs.ts';
import { guidOf } from './evidence.ts';
import { collection, isJson, text, type Json } from './json.ts';
import { leadsOn } from './lists.ts';
import { literal, query } from './odata.ts';

/** Of a log that goes on longer no more is read: it tells of some accounts, and never of all. */
const mostPages = 50;

/**
 * What a job of Entra wrote to each account last, by the id of the account, as far as its log goes back (30 days). Only writes that
 * succeeded count.
 */
export async function entraWrites(client: GraphClient, jobId: string, options: CallOptions): Promise<ReadonlyMap<string, EntraWrite>> {
  const found = new Map<string, EntraWrite>();
  const path = `/auditLogs/provisioning${query({ $filter: `jobId eq ${literal(jobId)}`, $top: 999 })}`;
  let target: { readonly path: string } | { readonly link: string } = { path };
  for (let page = 0; page < mostPages; page += 1) {
    const call = { operation: 'auditLogs.provisioning', kind: 'read', method: 'GET', target, cost: readCost('other', {}) } as const;
    const answer = await unlessThrottled(() => client.send(call, options));
    if (answer === undefined) break;
    const { items, next } = collection(answer.body);
    leadsOn(target, next);
    for (const item of items) note(found, item);
    if (next === undefined) break;
    target = { link: next };
  }
  return found;
}

/** The log may be asked five times in ten seconds: what it has told until then has to do. */
async function unlessThrottled<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (directoryFailure(error, 'Throttled') === undefined) throw error;
    return undefined;
  }
}

const actions: ReadonlySet<string> = new Set(['create', 'update', 'delete', 'disable']);

const identity = (of: unknown): string | undefined => (isJson(of) ? guidOf(of.id) : undefined);

/** Notes a line, if it is of a write that succeeded, and no older than what is known of the account. */
function note(found: Map<string, EntraWrite>, item: Json): void {
  const id = identity(item.targetIdentity);
  const at = text(item.activityDateTime) ?? '';
  const action = text(item.provisioningAction)?.toLowerCase() ?? '';
  const { provisioningStatusInfo: status } = item;
  const succeeded = isJson(status) && text(status.status)?.toLowerCase() === 'success';
  if (id === undefined || !Number.isFinite(Date.parse(at)) || !actions.has(action) || !succeeded) return;
  const known = found.get(id);
  if (known !== undefined && Date.parse(known.at) >= Date.parse(at)) return;
  const sourceObjectId = identity(item.sourceIdentity);
  found.set(id, { at, action, ...(sourceObjectId === undefined ? {} : { sourceObjectId }), values: valuesOf(item) });
}

function valuesOf({ modifiedProperties }: Json): Readonly<Record<string, string>> {
  const changed = Array.isArray(modifiedProperties) ? (modifiedProperties as unknown[]).filter(isJson) : [];
  const values = changed.flatMap(({ displayName, newValue }) => {
    const value = text(newValue);
    return typeof displayName === 'string' && value !== undefined ? [[displayName, unquoted(value)] as const] : [];
  });
  return Object.fromEntries(values);
}

const longestValue = 256;

/** Some values of the log are JSON texts; as long as those of a plan, they can be compared. */
const unquoted = (value: string): string => (/^".*"$/.test(value) ? value.slice(1, -1) : value).slice(0, longestValue);
