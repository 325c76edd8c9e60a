import type { SyncConfigurationSpec } from '../../api/generated.ts';
import { lineAndColumn } from '../expression/errors.ts';
import { compileExpression, type Expression } from '../expression/expression.ts';
import { randomFrom } from '../hash.ts';
import type { MappingProblem } from '../mapping/check.ts';

/** The source group as far as its names depend on it. */
export interface SourceGroup {
  readonly id: string;
  readonly displayName: string | null;
  readonly mailNickname: string | null;
  readonly description: string | null;
}

/** What a group is called in the target, or why that cannot be told: names of inputs, never their values. */
export type GroupNaming = { readonly displayName: string; readonly mailNickname: string } | { readonly failure: string };

/** How the groups of a configuration are named. */
export interface Naming {
  name(group: SourceGroup, moment: { readonly now: number; readonly defaultDomain?: string }): GroupNaming;
}

type Spec = Pick<NonNullable<SyncConfigurationSpec['groups']>, 'displayNameExpression' | 'mailNicknameExpression'>;

const attributes = ['id', 'displayName', 'mailNickname', 'description'] as const;
type Attribute = (typeof attributes)[number];
const longestName = 256;
const longestNickname = 64;
/** What Graph takes in a mail nickname; a dot as well by some of its pages, which is why none is made. */
const forbidden = /[^!-~]|[@()\\[\]";:<>,. ]/g;

const isAttribute = (name: string): name is Attribute => (attributes as readonly string[]).includes(name);
const refusalOf = (name: string): string | undefined =>
  isAttribute(name) ? undefined : `a group has no ${name} here; use ${attributes.join(', ')}`;

function compileAt(path: string, text: string | undefined): Expression | MappingProblem | undefined {
  if (text === undefined) return undefined;
  const result = compileExpression(text, { refusalOf, selectUniqueValue: false });
  const problem = (message: string): MappingProblem => ({ reason: 'InvalidExpression', message: `${path}: ${message}` });
  if (!result.ok) {
    const { line, column } = lineAndColumn(text, result.error.position);
    const place = text.includes('\n') ? `line ${line}, column ${column}` : `column ${column}`;
    return problem(`${place}: ${result.error.message}`);
  }
  if (result.expression.volatile) return problem('time and chance would rename the groups again and again; leave them out');
  return result.expression;
}

const isProblem = (compiled: Expression | MappingProblem | undefined): compiled is MappingProblem =>
  compiled !== undefined && 'reason' in compiled;

/** Checks and compiles how groups are named. */
export function compileNaming({ displayNameExpression, mailNicknameExpression }: Spec): Naming | MappingProblem {
  const displayName = compileAt('spec.groups.displayNameExpression', displayNameExpression);
  const nickname = compileAt('spec.groups.mailNicknameExpression', mailNicknameExpression);
  if (isProblem(displayName)) return displayName;
  if (isProblem(nickname)) return nickname;
  return { name: (group, moment) => nameGroup({ displayName, nickname }, group, moment) };
}

interface Compiled {
  readonly displayName: Expression | undefined;
  readonly nickname: Expression | undefined;
}

function nameGroup(compiled: Compiled, group: SourceGroup, moment: { readonly now: number; readonly defaultDomain?: string }): GroupNaming {
  const valueOf = (expression: Expression | undefined): string | null => {
    if (expression === undefined) return group.displayName;
    const result = expression.evaluate({
      ...moment,
      attribute: (name) => (isAttribute(name) ? group[name] : null),
      random: randomFrom(group.id),
    });
    return 'value' in result && typeof result.value === 'string' ? result.value : null;
  };
  const displayName = valueOf(compiled.displayName)?.trim();
  const inputs = (expression: Expression | undefined): string => expression?.attributes.join(', ') ?? 'displayName';
  if (displayName === undefined || displayName === '' || displayName.length > longestName)
    return { failure: `the display name is no text of 1 to ${longestName} characters; read from ${inputs(compiled.displayName)}` };
  if (compiled.nickname === undefined) return { displayName, mailNickname: nicknameOf(displayName, group.id) };
  const mailNickname = valueOf(compiled.nickname);
  if (mailNickname === null || mailNickname === '' || mailNickname.length > longestNickname || mailNickname.search(forbidden) >= 0)
    return {
      failure: `the mail nickname is no text of 1 to ${longestNickname} characters that a mail nickname can have; read from ${inputs(compiled.nickname)}`,
    };
  return { displayName, mailNickname };
}

/** A mail nickname made from a display name: what it cannot have is left out; of a name that has nothing else, the id says which group it is. */
function nicknameOf(displayName: string, id: string): string {
  const kept = displayName.normalize('NFKD').replaceAll(forbidden, '').slice(0, longestNickname);
  return kept === '' ? `group-${id.slice(0, 8).toLowerCase()}` : kept;
}
