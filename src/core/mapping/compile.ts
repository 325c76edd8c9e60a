import type { AttributeValue, Attributes } from '../../api/attributes.ts';
import type { DirectoryUser } from '../../api/directory-user.ts';
import type { SyncConfigurationSpec } from '../../api/generated.ts';
import { canonicalValue } from './canonical.ts';
import { defaultMappings, type MappingSpec } from './default-mappings.ts';
import { targetAttribute } from './target-attributes.ts';

export type Authority = MappingSpec['authority'];

/** What the mappings make of one source user: the desired part of a projection. */
export interface MappedUser {
  readonly attributes: Attributes;
  /** Written only when the account is created. */
  readonly onCreate: Attributes;
  /** Attributes to be emptied, `manager` included. */
  readonly clear: readonly string[];
  readonly managerSourceId?: string;
}

export interface Mappings {
  /** Source attributes that the mappings read. */
  readonly sourceAttributes: readonly string[];
  /** Target attributes that the mappings write, without the manager. */
  readonly targetAttributes: readonly string[];
  /** Whether the manager is synchronized. */
  readonly hasManager: boolean;
  authorityOf(target: string): Authority;
  /** Targets that somebody else than the source decides about, with who does. */
  readonly otherAuthorities: Readonly<Record<string, Authority>>;
  evaluate(user: DirectoryUser): MappedUser;
}

/** What is wrong with a mapping, for a condition. */
export interface MappingProblem {
  readonly reason: 'InvalidMapping' | 'InvalidExpression' | 'FeatureNotAvailable';
  readonly message: string;
}

/** The default set with the configuration's entries in place of those of the same target. */
function effectiveMappings(spec: Pick<SyncConfigurationSpec, 'defaultAttributeMappings' | 'attributeMappings'>): readonly MappingSpec[] {
  const byTarget = new Map<string, MappingSpec>();
  if (spec.defaultAttributeMappings) for (const mapping of defaultMappings) byTarget.set(mapping.target, mapping);
  for (const mapping of spec.attributeMappings ?? []) byTarget.set(mapping.target, mapping);
  return [...byTarget.values()].filter(
    (mapping) => mapping.source !== undefined || mapping.constant !== undefined || mapping.expression !== undefined,
  );
}

function check(mapping: MappingSpec): MappingProblem | undefined {
  const where = `spec.attributeMappings[target=${mapping.target}]`;
  if (mapping.expression !== undefined) {
    return {
      reason: 'FeatureNotAvailable',
      message: `${where}.expression: expressions are not available in this version; use source or constant`,
    };
  }
  if (mapping.target === 'manager') return undefined;
  const rules = targetAttribute(mapping.target);
  if ('refusal' in rules)
    return { reason: 'InvalidMapping', message: `${where}: ${mapping.target} cannot be synchronized: ${rules.refusal}` };
  if (rules.type === 'Boolean' && mapping.constant !== undefined && !/^(true|false)$/i.test(mapping.constant)) {
    return { reason: 'InvalidMapping', message: `${where}.constant: ${mapping.target} takes "true" or "false"` };
  }
  if (mapping.whenNull === 'Clear' && rules.required === true) {
    return {
      reason: 'InvalidMapping',
      message: `${where}.whenNull: the directory does not let ${mapping.target} be emptied; use whenNull: Keep`,
    };
  }
  return undefined;
}

/** The value a mapping gives for a user, in canonical form. */
function valueOf(mapping: MappingSpec, user: DirectoryUser): AttributeValue | null {
  const raw = mapping.constant ?? (mapping.source === undefined ? null : sourceValue(user, mapping.source));
  return canonicalValue(mapping.target, raw);
}

/** A source attribute of a user; properties of the object itself count as attributes. */
export function sourceValue(user: DirectoryUser, name: string): AttributeValue | null {
  return Object.hasOwn(user.attributes, name) ? (user.attributes[name] ?? null) : null;
}

function evaluate(mappings: readonly MappingSpec[], user: DirectoryUser): MappedUser {
  const attributes: Record<string, AttributeValue> = {};
  const onCreate: Record<string, AttributeValue> = {};
  const clear: string[] = [];
  let managerSourceId: string | undefined;
  for (const mapping of mappings) {
    if (mapping.target === 'manager') {
      managerSourceId = user.managerId ?? undefined;
      if (managerSourceId === undefined && mapping.propagateRemoval) clear.push('manager');
      continue;
    }
    const value = valueOf(mapping, user);
    if (value !== null) (mapping.apply === 'OnCreate' ? onCreate : attributes)[mapping.target] = value;
    else {
      const fallback = canonicalValue(mapping.target, mapping.defaultValue);
      if (fallback !== null) onCreate[mapping.target] = fallback;
      if (mapping.apply === 'Always' && mapping.whenNull === 'Clear') clear.push(mapping.target);
    }
  }
  return { attributes, onCreate, clear: clear.sort(), ...(managerSourceId === undefined ? {} : { managerSourceId }) };
}

/** Checks and compiles the attribute mappings of a configuration (C1). */
export function compileMappings(
  spec: Pick<SyncConfigurationSpec, 'defaultAttributeMappings' | 'attributeMappings'>,
): Mappings | MappingProblem {
  const mappings = effectiveMappings(spec);
  for (const mapping of mappings) {
    const problem = check(mapping);
    if (problem) return problem;
  }
  const authorities = new Map(mappings.map((mapping) => [mapping.target, mapping.authority]));
  return {
    sourceAttributes: [
      ...new Set(mappings.flatMap((mapping) => (mapping.source === undefined || mapping.target === 'manager' ? [] : [mapping.source]))),
    ].sort(),
    targetAttributes: mappings
      .map((mapping) => mapping.target)
      .filter((target) => target !== 'manager')
      .sort(),
    hasManager: mappings.some((mapping) => mapping.target === 'manager'),
    otherAuthorities: Object.fromEntries([...authorities].filter(([, authority]) => authority !== 'Source')),
    authorityOf: (target) => authorities.get(target) ?? 'Source',
    evaluate: (user) => evaluate(mappings, user),
  };
}
