import type { AttributeValue, Attributes } from '../../api/attributes.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';
import { asAttributeValue, type Expression } from '../expression/expression.ts';
import { randomFrom } from '../hash.ts';
import { conform } from './conform.ts';
import type { MappingSpec } from './default-mappings.ts';

/** A mapping with its expression, if it has one, ready to be evaluated. */
export interface CompiledMapping extends MappingSpec {
  readonly compiled?: Expression;
}

/** What an evaluation depends on beside the user. */
export interface Moment {
  /** Milliseconds since 1970, for Now(). */
  readonly now: number;
  /** Default domain of the source tenant, for DefaultDomain(). */
  readonly defaultDomain?: string;
}

/** A target whose value could not be computed for this user. Names inputs, never their values. */
export interface MappingFailure {
  readonly target: string;
  readonly message: string;
}

/** What the mappings make of one source user: the desired part of a projection. */
export interface MappedUser {
  readonly attributes: Attributes;
  /** Written only when the account is created. */
  readonly onCreate: Attributes;
  /** Attributes to be emptied, `manager` included. */
  readonly clear: readonly string[];
  readonly managerSourceId?: string;
  /** Targets that are left as they are because their value could not be computed; absent when there are none. */
  readonly failures?: readonly MappingFailure[];
  /** An expression says that the user is to be left as they are (IgnoreObjectFlow). */
  readonly ignored?: true;
}

/** What one mapping came to. `Keep`: the target stays as it is. */
type Outcome = { readonly value: AttributeValue | null } | { readonly problem: string } | 'Keep' | 'IgnoreUser';

/** Work that the mappings of one user have done together. */
interface Spent {
  work: number;
}

/** A source attribute of a user; the object id counts as one. */
export function sourceValue(user: DirectoryUser, name: string): AttributeValue | null {
  if (Object.hasOwn(user.attributes, name)) return user.attributes[name] ?? null;
  return name === 'id' ? user.id : null;
}

/**
 * Evaluates an expression for a user. Chance is drawn from the user and the target, so that the same user always gets the same:
 * an unchanged world leads to no write.
 */
export function evaluateFor(
  expression: Expression,
  target: string,
  user: DirectoryUser,
  moment: Moment & { readonly spent?: Spent },
): ReturnType<Expression['evaluate']> {
  return expression.evaluate({
    ...(moment.spent === undefined ? {} : { spent: moment.spent }),
    attribute: (name) => sourceValue(user, name),
    now: moment.now,
    random: randomFrom(`${user.id}/${target}`),
    ...(moment.defaultDomain === undefined ? {} : { defaultDomain: moment.defaultDomain }),
  });
}

function outcomeOf(mapping: CompiledMapping, user: DirectoryUser, moment: Moment & { readonly spent: Spent }): Outcome {
  if (mapping.compiled === undefined) {
    return conform(mapping.target, mapping.constant ?? (mapping.source === undefined ? null : sourceValue(user, mapping.source)));
  }
  const result = evaluateFor(mapping.compiled, mapping.target, user, moment);
  if ('error' in result) return { problem: result.error.message };
  if ('flow' in result) return result.flow === 'IgnoreObjectFlow' ? 'IgnoreUser' : 'Keep';
  return conform(mapping.target, asAttributeValue(result.value));
}

/** Inputs of a mapping, so that a problem with their value can be looked for. */
function readFrom(mapping: CompiledMapping): string {
  const inputs = mapping.compiled?.attributes ?? (mapping.source === undefined ? [] : [mapping.source]);
  return inputs.length === 0 ? '' : `; read from ${inputs.join(', ')}`;
}

interface Collected {
  readonly attributes: Record<string, AttributeValue>;
  readonly onCreate: Record<string, AttributeValue>;
  readonly clear: string[];
  readonly failures: MappingFailure[];
}

function collect(mapping: CompiledMapping, outcome: Exclude<Outcome, string>, into: Collected): void {
  if ('problem' in outcome) {
    const inputs = outcome.problem.includes('; read from ') ? '' : readFrom(mapping);
    into.failures.push({ target: mapping.target, message: `${outcome.problem}${inputs}` });
    return;
  }
  if (outcome.value !== null) {
    (mapping.apply === 'OnCreate' ? into.onCreate : into.attributes)[mapping.target] = outcome.value;
    return;
  }
  const fallback = conform(mapping.target, mapping.defaultValue);
  if ('value' in fallback && fallback.value !== null) into.onCreate[mapping.target] = fallback.value;
  if (mapping.apply === 'Always' && mapping.whenNull === 'Clear') into.clear.push(mapping.target);
}

/** Evaluates compiled mappings for one user, each on the whole user as it is now. */
export function evaluateMappings(mappings: readonly CompiledMapping[], user: DirectoryUser, moment: Moment): MappedUser {
  const collected: Collected = { attributes: {}, onCreate: {}, clear: [], failures: [] };
  const spent = { work: 0 };
  let managerSourceId: string | undefined;
  for (const mapping of mappings) {
    if (mapping.target === 'manager') {
      managerSourceId = user.managerId ?? undefined;
      if (managerSourceId === undefined && mapping.propagateRemoval) collected.clear.push('manager');
      continue;
    }
    const outcome = outcomeOf(mapping, user, { ...moment, spent });
    if (outcome === 'IgnoreUser') return { attributes: {}, onCreate: {}, clear: [], ignored: true };
    if (outcome !== 'Keep') collect(mapping, outcome, collected);
  }
  const { attributes, onCreate, clear, failures } = collected;
  return {
    attributes,
    onCreate,
    clear: clear.sort(),
    ...(managerSourceId === undefined ? {} : { managerSourceId }),
    ...(failures.length === 0 ? {} : { failures }),
  };
}
