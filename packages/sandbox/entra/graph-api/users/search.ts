import { candidates, matches } from '../../odata/filter-match.ts';
import { parseFilter, type Filter } from '../../odata/filter-syntax.ts';
import type { SandboxUser } from '../../types.ts';
import { type Call, isAdvanced } from '../call.ts';
import { GraphFault, unsupportedQuery } from '../graph-fault.ts';
import { userProperty } from './properties.ts';

/** Users that a list request asks for, live or soft-deleted ones. Throws 400 for filters that need the advanced pair, or name unknown properties. */
export function searchUsers(call: Call, deleted: boolean): readonly SandboxUser[] {
  const advanced = isAdvanced(call);
  const replica = advanced ? call.tenant.users.advanced : call.tenant.users.reads;
  const text = call.query.get('$filter');
  const filter = text === undefined ? undefined : parseFilter(text);
  if (filter !== undefined) check(call, filter, advanced);
  checkSearchAndOrder(call, advanced, deleted);
  const found: SandboxUser[] = [];
  for (const user of (filter === undefined ? undefined : candidates(filter, replica)) ?? replica.all()) {
    if ((user.deletedAt !== null) !== deleted) continue;
    if (filter === undefined || matches(filter, user.properties)) found.push(user);
  }
  return ordered(found, call.query.get('$orderby'));
}

function check(call: Call, filter: Filter, advanced: boolean): void {
  switch (filter.kind) {
    case 'or':
    case 'and':
      for (const item of filter.items) check(call, item, advanced);
      return;
    case 'not':
      needAdvanced(advanced, "Operator 'not'");
      check(call, filter.item, advanced);
      return;
    case 'any':
      checkPath(call, filter.path, advanced);
      return;
    case 'in':
      checkPath(call, filter.path, advanced);
      return;
    case 'text':
      checkPath(call, filter.path, advanced);
      if (filter.test === 'endswith') needAdvanced(advanced, "Operator 'endsWith'");
      if (filter.test === 'contains') throw unsupportedQuery("Operator 'contains' is not supported.");
      return;
    case 'compare':
      checkPath(call, filter.path, advanced);
      if (filter.op === 'ne') needAdvanced(advanced, "Operator 'ne'");
      if (filter.value === null) needAdvanced(advanced, 'Comparison with null');
  }
}

function checkPath(call: Call, path: string, advanced: boolean): void {
  const [name = '', ...rest] = path.split('/');
  const property = userProperty(call.tenant, name);
  if (property === undefined)
    throw new GraphFault(400, 'Request_BadRequest', `Property '${name}' does not exist as a declared property or extension property.`);
  if (property.outside === true) throw unsupportedQuery(`Unsupported property filter clause for '${name}'.`);
  if (rest.length > 0 && name === 'onPremisesExtensionAttributes') needAdvanced(advanced, `Filter on '${path}'`);
  if (name === 'showInAddressList') throw unsupportedQuery(`Unsupported property filter clause for '${name}'.`);
}

function needAdvanced(advanced: boolean, what: string): void {
  if (!advanced) throw unsupportedQuery(`${what} needs the ConsistencyLevel header eventual and $count=true.`);
}

function checkSearchAndOrder(call: Call, advanced: boolean, deleted: boolean): void {
  const order = call.query.get('$orderby');
  if (call.query.has('$search') && !advanced) throw unsupportedQuery('Request with $search needs the ConsistencyLevel header eventual.');
  if (call.query.has('$search')) throw unsupportedQuery('$search is not simulated.');
  if (order === undefined) return;
  if (call.query.has('$filter')) needAdvanced(advanced, '$orderby together with $filter');
  if (deleted && order.startsWith('deletedDateTime')) needAdvanced(advanced, '$orderby of deletedDateTime');
}

function ordered(users: SandboxUser[], order: string | undefined): readonly SandboxUser[] {
  if (order === undefined) return users;
  const [name = '', direction] = order.split(' ');
  const sign = direction === 'desc' ? -1 : 1;
  const key = (user: SandboxUser): string => {
    if (name === 'deletedDateTime') return String(user.deletedAt ?? 0);
    const value = user.properties[name];
    return typeof value === 'string' ? value.toLowerCase() : '';
  };
  return users.sort((left, right) => sign * key(left).localeCompare(key(right)));
}
