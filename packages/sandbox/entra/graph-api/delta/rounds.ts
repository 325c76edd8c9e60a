import { GraphFault } from '../graph-fault.ts';
import type { Call, Reply } from '../call.ts';
import type { Json, JsonObject } from '../../types.ts';
import type { TenantState } from '../../state/tenant-state.ts';
import { draw } from '../../state/user-table.ts';

/** What a delta token stands for: what is tracked, and where. Tokens are readable only to the service. */
export interface DeltaToken {
  readonly kind: 'users' | 'groups';
  /** $select; undefined: all properties are tracked. */
  readonly select: readonly string[] | undefined;
  /** Objects that $filter names; undefined: all. */
  readonly ids: readonly string[] | undefined;
  /** Position in the change log. */
  readonly position: number;
  /** Position at which the round before began, for replays. */
  readonly before: number;
  readonly issuedAt: number;
}

/** A page link's token: the round and the place in it. */
interface PageToken extends DeltaToken {
  readonly round: number;
  readonly offset: number;
  /** Makes each link of a round a new one, also after a page without items. */
  readonly page: number;
}

/** One item of a round, rendered when its page is asked for. */
export type RoundItem = () => JsonObject | undefined;

interface Round {
  readonly items: readonly RoundItem[];
  readonly token: DeltaToken;
}

/** How one kind of object takes part in delta queries. */
export interface DeltaSource {
  readonly kind: DeltaToken['kind'];
  /** Path without version, such as /users/delta. */
  readonly path: string;
  position(call: Call): number;
  /** Items of an initial round. */
  initial(call: Call, token: DeltaToken): readonly RoundItem[];
  /** Items of a round over log entries from `from` up to the token's position. */
  changes(call: Call, token: DeltaToken, from: number): readonly RoundItem[];
  /** How many items one page holds. */
  pageSize(call: Call): number;
}

const perTenant = new WeakMap<TenantState, DeltaRounds>();

/** The rounds that a tenant has under way. */
export function roundsOf(tenant: TenantState): DeltaRounds {
  const known = perTenant.get(tenant) ?? new DeltaRounds();
  perTenant.set(tenant, known);
  return known;
}

/** The rounds under way, so that each page of one can be asked for again. */
class DeltaRounds {
  #rounds = new Map<number, Round>();
  #next = 0;
  #pages = 0;

  /** Answers a delta request of any form: first call, nextLink, deltaLink, $deltatoken=latest. */
  answer(call: Call, source: DeltaSource, start: () => Pick<DeltaToken, 'select' | 'ids'>): Reply {
    const skip = call.query.get('$skiptoken');
    if (skip !== undefined) {
      const { round = -1, offset = 0 } = this.#decode(call, source, skip);
      return this.#page(call, source, round, offset);
    }
    const given = call.query.get('$deltatoken');
    const now = call.world.now();
    const position = source.position(call);
    if (given === undefined || given === '' || given === 'latest') {
      const token: DeltaToken = { kind: source.kind, ...start(), position, before: position, issuedAt: now };
      if (given === 'latest') return this.#finish(call, source, [], token);
      return this.#page(call, source, this.#open(call, source.initial(call, token), token), 0);
    }
    const old = this.#decode(call, source, given);
    const token: DeltaToken = { kind: old.kind, select: old.select, ids: old.ids, position, before: old.position, issuedAt: now };
    const replay = chance(call, call.tenant.settings.delta.replayRate);
    const items = source.changes(call, token, replay ? old.before : old.position);
    return this.#page(call, source, this.#open(call, items, token), 0);
  }

  #open(call: Call, items: readonly RoundItem[], token: DeltaToken): number {
    const all = [...items];
    const { repeatRate } = call.tenant.settings.delta;
    if (repeatRate > 0) for (const item of items) if (chance(call, repeatRate)) all.push(item);
    const number = (this.#next += 1);
    this.#rounds.set(number, { items: all, token });
    const oldest = this.#rounds.keys().next();
    if (this.#rounds.size > 500 && oldest.done !== true) this.#rounds.delete(oldest.value);
    return number;
  }

  #page(call: Call, source: DeltaSource, number: number, offset: number): Reply {
    const round = this.#rounds.get(number);
    if (round === undefined) throw expired(call, source);
    const empty = call.faults.emptyPage === true || chance(call, call.tenant.settings.delta.emptyPageRate);
    const end = empty ? offset : Math.min(round.items.length, offset + source.pageSize(call));
    const value: Json[] = [];
    for (const item of round.items.slice(offset, end)) {
      const rendered = item();
      if (rendered !== undefined) value.push(rendered);
    }
    if (end >= round.items.length && !empty) return this.#finish(call, source, value, round.token);
    const token: PageToken = { ...round.token, issuedAt: call.world.now(), round: number, offset: end, page: (this.#pages += 1) };
    return reply(call, source, value, { '@odata.nextLink': link(call, source, '$skiptoken', token) });
  }

  #finish(call: Call, source: DeltaSource, value: Json[], token: DeltaToken): Reply {
    const issued = { ...token, issuedAt: call.world.now() };
    return reply(call, source, value, { '@odata.deltaLink': link(call, source, '$deltatoken', issued) });
  }

  #decode(call: Call, source: DeltaSource, text: string): DeltaToken & Partial<PageToken> {
    let token: DeltaToken & Partial<PageToken>;
    try {
      token = JSON.parse(Buffer.from(text, 'base64url').toString()) as DeltaToken & Partial<PageToken>;
    } catch {
      throw new GraphFault(400, 'Request_BadRequest', 'The delta token is not valid.');
    }
    if (token.kind !== source.kind) throw new GraphFault(400, 'Request_BadRequest', 'The delta token belongs to another resource.');
    if (call.query.has('$select') && call.query.has('$skiptoken')) {
      throw new GraphFault(400, 'Request_UnsupportedQuery', '$select is not supported together with $skiptoken.');
    }
    if (call.faults.delta === 'reset') throw gone(call, source, token.select);
    const tooOld = call.world.now() - token.issuedAt > call.tenant.settings.delta.tokenLifetime;
    if (call.faults.delta === 'expire' || tooOld) {
      throw tooOld && call.tenant.settings.delta.expiredAnswer === 'gone' ? gone(call, source, token.select) : expired(call, source);
    }
    return token;
  }
}

/** A page size drawn for this page. */
export function drawnPageSize(call: Call): number {
  return Math.max(1, Math.round(draw(call.tenant.settings.delta.pageSize, call.world.random)));
}

function chance(call: Call, rate: number): boolean {
  return rate > 0 && call.world.random.next() < rate;
}

function reply(call: Call, source: DeltaSource, value: Json[], links: JsonObject): Reply {
  return { body: { '@odata.context': `${call.base}/$metadata#${source.kind}`, ...links, value } };
}

function link(call: Call, source: DeltaSource, option: string, token: DeltaToken): string {
  return `${call.base}${source.path}?${option}=${Buffer.from(JSON.stringify(token)).toString('base64url')}`;
}

function expired(call: Call, source: DeltaSource): GraphFault {
  return new GraphFault(
    400,
    'syncStateNotFound',
    `The sync state of ${call.base}${source.path} was not found. Start over with a full synchronization.`,
  );
}

function gone(call: Call, source: DeltaSource, select: readonly string[] | undefined): GraphFault {
  const kept = select === undefined ? '' : `$select=${select.join(',')}&`;
  return new GraphFault(410, 'resyncRequired', 'Resync required. Any cached changes must be discarded.', {
    headers: { location: `${call.base}${source.path}?${kept}$deltatoken=` },
  });
}
