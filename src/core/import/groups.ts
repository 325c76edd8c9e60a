import { field, list, map, entry, named, remark, saying, value, type Member, type Remark } from './commented.ts';
import { parseText, translate, type Attributes } from './expression.ts';
import { quoted, visible, type Problem, type Trouble } from './problem.ts';
import type { Strictness } from './mappings.ts';
import type { EntraObjectMapping, EntraRow } from './schema.ts';
import { readSourceOf } from './source.ts';
import { problemAt } from './untrusted.ts';

const groupAttributes = ['description', 'displayName', 'id', 'mail', 'mailNickname', 'securityEnabled'];

const attributes: Attributes = {
  named: (entra) => {
    const name = groupAttributes.find((known) => known.toLowerCase() === (entra.toLowerCase() === 'objectid' ? 'id' : entra.toLowerCase()));
    return name === undefined ? { what: `a group has no attribute ${quoted(entra)}`, wayOut: 'map an attribute that it has' } : { name };
  },
  refusalOf: () => undefined,
};

type NameRow =
  | { readonly kind: 'Direct' }
  | { readonly kind: 'Expression'; readonly expression: string }
  | { readonly kind: 'Refused'; readonly troubles: readonly Trouble[] };

/** How a name of a group is made: directly, by an expression, or in a way that cannot be taken over. */
function nameRow(row: EntraRow | undefined, attribute: string): NameRow {
  const reading = row === undefined ? ({ kind: 'None' } as const) : readSourceOf(row.source);
  if ('what' in reading) return { kind: 'Refused', troubles: [reading] };
  if (reading.kind === 'None') return { kind: 'Direct' };
  if (reading.kind === 'Attribute' && reading.name.toLowerCase() === attribute.toLowerCase()) return { kind: 'Direct' };
  const text = reading.kind === 'Expression' ? reading.text : reading.kind === 'Attribute' ? `[${reading.name}]` : undefined;
  if (text === undefined)
    return { kind: 'Refused', troubles: [{ what: 'one constant cannot be the name of every group', wayOut: 'map a name of the group' }] };
  const parsed = parseText(text);
  const translated = 'ast' in parsed ? translate(text, parsed.ast, attributes) : [parsed];
  return 'expression' in translated ? { kind: 'Expression', expression: translated.expression } : { kind: 'Refused', troubles: translated };
}

const goingOn =
  'the groups that Entra made carry no anchor of ours: each is a conflict by its name, and stays as Entra left it. To go on with them write {adoption: Adopt, by: MailNickname}, and a mailNicknameExpression that gives the nicknames that they have; a plan shows which would be taken over';
const retained = 'a group that is not assigned any more is let go; SoftDelete would have it deleted, after an approval';

const known = ['displayname', 'mailnickname', 'members', 'objectid'];

function nameMember(name: string, of: NameRow): readonly Member[] {
  if (of.kind === 'Expression') return [field(name, of.expression, remark('taken over', 'the expression'))];
  return [];
}

function filterProblems(mapping: EntraObjectMapping, problems: Problem[]): void {
  const { groups, inputFilterGroups, categoryFilterGroups } = mapping.filter;
  for (const { at, name } of [...groups, ...inputFilterGroups, ...categoryFilterGroups])
    problems.push(
      problemAt(
        at,
        {
          what: `the groups mapping has the filter ${quoted(name ?? '')}, and groups cannot be filtered here`,
          wayOut: 'assign the groups that are meant',
        },
        name,
      ),
    );
}

/** Everything that is to be said about an enabled groups mapping beside the block itself. */
function remarksOf(mapping: EntraObjectMapping, leftOut: readonly string[]): readonly Remark[] {
  const others = mapping.rows
    .map(({ target }) => target)
    .filter((target) => !known.includes(target.toLowerCase()))
    .sort();
  return [
    ...(others.length === 0 ? [] : [remark('cannot be', `rows of the groups mapping without a place: ${others.map(quoted).join(', ')}`)]),
    ...leftOut.map((why) => remark('cannot be', why)),
    remark('note', 'the licence for groups in the source and the box for groups in the target are not checked here'),
    remark('taken over', 'the groups mapping is enabled'),
    remark('note', "groups take permissions of their own: Group.ReadWrite.All in the target, and the target's groupSyncInbound"),
  ];
}

/** What becomes of the mapping of groups. Entra synchronizes every assigned group, and never adopts one. */
export function takeGroups(mapping: EntraObjectMapping | undefined, syncAll: boolean, strictness: Strictness, problems: Problem[]): Member {
  const absent = (text: string): Member => saying('groups', remark('note', text));
  if (mapping === undefined) return absent('the job has no mapping of groups');
  if (!mapping.enabled) return absent('the mapping of groups is disabled in the job');
  filterProblems(mapping, problems);
  if (syncAll) return absent('the mapping of groups is enabled, and Entra does not carry it out while everybody is synchronized');
  const find = (target: string): EntraRow | undefined => mapping.rows.find((row) => row.target.toLowerCase() === target.toLowerCase());
  const leftOut: string[] = [];
  const names = (['displayName', 'mailNickname'] as const).map((target) => {
    const row = find(target);
    const found = nameRow(row, target);
    if (found.kind !== 'Refused') return found;
    if (strictness === 'Strict' && row !== undefined)
      problems.push(
        ...found.troubles.map((trouble) => ({ ...problemAt(row.at, trouble, `groups, ${target}`), canBeLeftOut: true as const })),
      );
    leftOut.push(
      `${target} of groups from ${visible(row?.source?.expression ?? '', 400)}: ${found.troubles.map(({ what }) => what).join('; ')}`,
    );
    return { kind: 'Direct' } as const;
  });
  const deletes = mapping.flowTypes === undefined || /\bdelete\b/i.test(mapping.flowTypes);
  const block = map(
    named('select', list([entry(value({ scopeGroups: true }))]), remark('taken over', 'Entra synchronizes every assigned group')),
    named('matching', value({ adoption: 'Ignore' }), remark('taken over', 'Entra adopts no group'), remark('differs', goingOn)),
    ...nameMember('displayNameExpression', names[0] ?? { kind: 'Direct' }),
    ...nameMember('mailNicknameExpression', names[1] ?? { kind: 'Direct' }),
    field('membership', 'Direct', remark('taken over', 'Entra knows direct members alone')),
    deletes
      ? saying('deprovisioning', remark('differs', retained))
      : field('deprovisioning', 'Retain', remark('taken over', 'no Delete among the target object actions')),
  );
  return named('groups', block, ...remarksOf(mapping, leftOut));
}
