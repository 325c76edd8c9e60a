import { defaultMappings } from '../mapping/default-mappings.ts';
import { entry, remark, value, type Item, type Remark } from './commented.ts';
import { parseText, translate } from './expression.ts';
import { sourceNamed, targetNamed } from './names.ts';
import { quoted, visible, type Problem, type Trouble } from './problem.ts';
import { takeRow, type WrittenMapping } from './row.ts';
import type { EntraObjectMapping, EntraRow } from './schema.ts';
import { readSourceOf } from './source.ts';
import { problemAt } from './untrusted.ts';

/** Lenient: a mapping that cannot be taken over becomes a comment in its place. Scope, matching and lifecycle are always strict. */
export type Strictness = 'Strict' | 'Lenient';

/** How people are invited, and what is to be said about it. */
export interface Invitation {
  readonly written: { readonly address: 'UserPrincipalName' | 'Mail' } | { readonly addressExpression: string };
  readonly remarks: readonly Remark[];
}

export interface UserMappings {
  /** The list of attribute mappings, by target, with comments in the places of those that are left out. */
  readonly items: readonly Item[];
  readonly invitation: Invitation;
  /** Whether the job has the row that makes accounts go when people leave. */
  readonly lifecycle: 'SoftDelete' | 'Unknown';
  /** Mappings that lenience left out. */
  readonly leftOut: number;
}

const isMatching = ({ target }: EntraRow): boolean => target.toLowerCase() === 'alternativesecurityids';
const isLifecycle = ({ target }: EntraRow): boolean => target.toLowerCase() === 'issoftdeleted';
const isAddress = ({ target }: EntraRow): boolean => target.toLowerCase() === 'userprincipalname';

const problemOf = (row: EntraRow, trouble: Trouble): Problem => problemAt(row.at, trouble, row.target);

const matchingWay = 'restore the default row: matching is the same in every cross-tenant job, and cannot be chosen here either';

/** The one way of matching that cross-tenant jobs have; any other is invalid in Entra too. */
function checkMatching(mapping: EntraObjectMapping, problems: Problem[]): void {
  const rows = mapping.rows.filter(isMatching);
  for (const row of mapping.rows.filter((other) => !isMatching(other) && other.matchingPriority > 0)) {
    const what = `the matching attribute ${quoted(row.target)} cannot be taken over`;
    problems.push(problemOf(row, { what, wayOut: 'set its matchingPriority to 0: accounts are matched by their identity alone' }));
  }
  for (const row of rows) {
    const text = row.source?.expression?.replaceAll(/\s/g, '').toLowerCase();
    if (text === 'altsecidfromnetid([netid])' && row.matchingPriority > 0) continue;
    problems.push(problemOf(row, { what: 'the matching row is not the default one', wayOut: matchingWay }));
  }
  if (rows.length === 0) {
    const trouble = { what: 'the matching row, alternativeSecurityIds, is missing', wayOut: matchingWay };
    problems.push(problemAt(mapping.at, trouble, mapping.name === '' ? undefined : mapping.name));
  }
}

/** Whether accounts go when people leave, as the row of Entra's own state says. */
function lifecycleOf(mapping: EntraObjectMapping, problems: Problem[]): UserMappings['lifecycle'] {
  const rows = mapping.rows.filter(isLifecycle);
  for (const row of rows) {
    const reading = readSourceOf(row.source);
    const direct = 'kind' in reading && reading.kind === 'Attribute' && reading.name.toLowerCase() === 'issoftdeleted';
    if (direct && row.flowType.toLowerCase() === 'always') continue;
    const what = 'the row IsSoftDeleted is not [IsSoftDeleted], so that what the job does with leavers cannot be told';
    problems.push(
      problemOf(row, { what, wayOut: 'restore the default row, and say in targetActions and deprovisioning what is to be done' }),
    );
  }
  return rows.length === 0 ? 'Unknown' : 'SoftDelete';
}

function addressExpression(row: EntraRow, problems: Problem[]): Invitation | undefined {
  const reading = readSourceOf(row.source);
  if ('what' in reading) {
    problems.push(problemOf(row, reading));
    return undefined;
  }
  const check = remark(
    'note',
    'check that it gives an address of a verified domain for everybody; what Entra invites by it is not published',
  );
  if (reading.kind === 'Constant') {
    problems.push(
      problemOf(row, { what: 'a constant cannot be the address of everybody', wayOut: 'restore the default, [userPrincipalName]' }),
    );
    return undefined;
  }
  if (reading.kind === 'None') return undefined;
  if (reading.kind === 'Attribute') {
    const named = sourceNamed(reading.name);
    if ('what' in named) {
      problems.push(problemOf(row, named));
      return undefined;
    }
    if (named.name === 'userPrincipalName')
      return {
        written: { address: 'UserPrincipalName' },
        remarks: [remark('taken over', 'the row userPrincipalName from [userPrincipalName]')],
      };
    if (named.name === 'mail')
      return { written: { address: 'Mail' }, remarks: [remark('taken over', 'the row userPrincipalName from [mail]'), check] };
  }
  const text = reading.kind === 'Attribute' ? `[${reading.name}]` : reading.text;
  const parsed = reading.kind === 'Expression' ? reading : parseText(text);
  const translated = 'ast' in parsed ? translate(text, parsed.ast) : [parsed];
  if ('expression' in translated) {
    const remarks = [
      remark('taken over', 'the row userPrincipalName, an expression'),
      ...translated.differences.map((text) => remark('differs', text)),
      check,
    ];
    return { written: { addressExpression: translated.expression }, remarks };
  }
  problems.push(...translated.map((trouble) => problemOf(row, trouble)));
  return undefined;
}

/** By which address people are invited. Whose account it becomes hangs on that, so that no lenience touches it. */
function invitationOf(mapping: EntraObjectMapping, problems: Problem[]): Invitation {
  const rows = mapping.rows.filter(isAddress);
  if (rows.length > 1)
    problems.push(...rows.slice(1).map((row) => problemOf(row, { what: 'there is a second row for it', wayOut: 'keep one of them' })));
  const [row] = rows;
  const found = row === undefined ? undefined : addressExpression(row, problems);
  const absent = remark('note', 'the job has no row userPrincipalName with a source; this is the default');
  return found ?? { written: { address: 'UserPrincipalName' }, remarks: [absent] };
}

/** A row that has been judged, under the name that it is sorted by. */
interface Judged {
  readonly target: string;
  readonly row: EntraRow;
  readonly taken: ReturnType<typeof takeRow>;
}

const orderOf = (target: string): string => {
  const named = targetNamed(target);
  return 'name' in named ? named.name : target;
};

const same = (a: WrittenMapping, b: WrittenMapping): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Of several rows for one target none may silently win; twice the same is once. */
function withoutDoubles(judged: readonly Judged[]): readonly Judged[] {
  const byTarget = Map.groupBy(judged, ({ target }) => target);
  return [...byTarget.values()].flatMap((group) => {
    const [first, ...more] = group;
    if (first === undefined || more.length === 0) return group;
    const equal = more.every(({ taken }) => 'mapping' in taken && 'mapping' in first.taken && same(taken.mapping, first.taken.mapping));
    if (equal) return [first];
    const trouble = { what: `${group.length} rows differ for the target ${quoted(first.target)}`, wayOut: 'keep one of them' };
    return [...group.filter(({ taken }) => 'troubles' in taken), { ...first, taken: { troubles: [trouble] } }];
  });
}

function itemOf({ target, row, taken }: Judged, strictness: Strictness, problems: Problem[]): Item {
  if ('mapping' in taken) return entry(value({ ...taken.mapping }), ...taken.remarks);
  if (strictness === 'Strict')
    problems.push(...taken.troubles.map((trouble) => ({ ...problemOf(row, trouble), canBeLeftOut: true as const })));
  const was = row.source?.expression ?? row.source?.name;
  const from = was === undefined || was === null || was === '' ? '' : ` from ${visible(was, 400)}`;
  const why = taken.troubles.map(({ what }) => what).join('; ');
  return { remarks: [remark('cannot be', `${visible(target)}${from}: ${why}. It is not synchronized`)] };
}

/** Of Entra's default set, the targets that the job has no row for. */
function missing(present: ReadonlySet<string>): readonly { readonly target: string; readonly item: Item }[] {
  return defaultMappings
    .filter(({ target }) => !present.has(target))
    .map(({ target }) => {
      const why =
        target === 'manager' ? 'the job has no row for the manager, as jobs made before 2024' : `the job has no row for ${target}`;
      return { target, item: { remarks: [remark('note', `${why}: it is not synchronized`)] } };
    });
}

const mostTargets = 128;

/** The mappings of people. What cannot be taken over is a problem, or with lenience a comment in its place. */
export function takeUserMappings(mapping: EntraObjectMapping, strictness: Strictness, problems: Problem[]): UserMappings {
  checkMatching(mapping, problems);
  const lifecycle = lifecycleOf(mapping, problems);
  const invitation = invitationOf(mapping, problems);
  const plain = mapping.rows.filter((row) => !isMatching(row) && !isLifecycle(row) && !isAddress(row));
  const judged = withoutDoubles(plain.map((row) => ({ target: orderOf(row.target), row, taken: takeRow(row) })));
  const present = new Set(judged.map(({ target }) => target));
  const items = judged.map((each) => ({ target: each.target, item: itemOf(each, strictness, problems) }));
  const written = items.filter(({ item }) => item.part !== undefined).length;
  if (written > mostTargets)
    problems.push(
      problemAt(mapping.at, { what: `there are ${written} mappings; at most ${mostTargets} can be taken over`, wayOut: 'remove some' }),
    );
  const all = [...items, ...missing(present)].sort((a, b) => (a.target < b.target ? -1 : a.target > b.target ? 1 : 0));
  return { items: all.map(({ item }) => item), invitation, lifecycle, leftOut: items.length - written };
}
