import type { FieldError } from '../field-error.ts';
import { invalidValue } from '../field-error.ts';
import { deepEqual, isObject } from '../json.ts';
import type { KubeObject } from '../types.ts';
import { compileRules } from './cel.ts';
import { compileDefaults } from './defaulting.ts';
import { compileListTypes, sameItem } from './lists.ts';
import { compileNullPruning } from './nulls.ts';
import type { SchemaProps } from './props.ts';
import { valueSchema } from './props.ts';
import { compilePruning, unknownFields } from './pruning.ts';
import { compileStructure } from './structure.ts';
import type { LocatedError } from './structure.ts';

/** A schema made ready for use. None of its functions changes its argument. */
export interface CompiledSchema {
  readonly props: SchemaProps;
  /** Drops fields that the schema does not know, and nulls that it does not allow. */
  prune(object: KubeObject): KubeObject;
  applyDefaults(object: KubeObject): KubeObject;
  /** Paths of the fields that the schema does not know, in their order. */
  unknownFields(object: KubeObject): string[];
  /**
   * What is wrong with the object, or with its status alone. What was wrong before and did not change is let pass, as long as an old
   * state is given.
   */
  validate(object: KubeObject, old?: KubeObject, only?: 'status'): FieldError[];
}

const unchecked =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** More schemas than any program has at a time. */
const mostKept = 64;
const kept = new Map<string, CompiledSchema>();

/** Compiles a schema once, for all objects to come, and for all servers of this process. */
export function compileSchema(props: SchemaProps): CompiledSchema {
  const text = JSON.stringify(props);
  const known = kept.get(text);
  if (known !== undefined) return known;
  const compiled = compile(props);
  const [oldest] = kept.keys();
  if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest);
  kept.set(text, compiled);
  return compiled;
}

function compile(props: SchemaProps): CompiledSchema {
  const prune = compilePruning(props, true);
  const pruneNulls = compileNullPruning(props);
  const defaults = compileDefaults(props);
  const structure = compileStructure(props);
  const listTypes = compileListTypes(props);
  const rules = compileRules(props, true);
  return {
    props,
    prune: (object) => {
      const known = prune ? prune(object) : object;
      return (pruneNulls ? pruneNulls(known) : known) as KubeObject;
    },
    applyDefaults: (object) => (defaults ? (defaults(object) as KubeObject) : object),
    unknownFields: (object) => unknownFields(object, props).sort(),
    validate: (object, old, only) => {
      const found = structure(object);
      listTypes?.(object, '', [], found);
      const located = only === undefined ? found : found.filter(({ steps }) => steps[0] === only).map((one) => seenFrom(only, one));
      const relevant = old && located.length > 0 ? located.filter((one) => !isUnchanged(one, object, old, props)) : located;
      const errors = relevant.map((one) => one.error);
      if (relevant.some((one) => one.blocking)) {
        if (rules) errors.push({ ...invalidValue('<nil>', undefined, unchecked), value: null });
        return errors;
      }
      rules?.(object, old, '', errors);
      return errors.map(rootNamed);
    },
  };
}

/** The root has no path of its own. */
function rootNamed(error: FieldError): FieldError {
  return error.field === '' ? { ...error, field: '<nil>' } : error;
}

/** A subresource is checked by itself: texts name what is wrong from there, fields from the root. */
function seenFrom(member: string, { error, ...rest }: LocatedError): LocatedError {
  return { ...rest, error: { ...error, detail: error.detail.replace(`${member}.`, '') } };
}

/** Whether the erroneous value stands unchanged where it stood in the old object; items are compared where they have an identity. */
function isUnchanged(located: LocatedError, object: KubeObject, old: KubeObject, root: SchemaProps): boolean {
  let place: Place = { value: object, before: old, schema: root };
  for (const step of located.steps) {
    place = below(place, step);
    if (place.before !== undefined && deepEqual(place.value, place.before)) return true;
  }
  return false;
}

/** A value, what stood in its place before, and what the schema says of both. */
interface Place {
  readonly value: unknown;
  readonly before: unknown;
  readonly schema: SchemaProps | undefined;
}

function below({ value, before, schema }: Place, step: string): Place {
  if (Array.isArray(value)) {
    const item: unknown = value[Number(step)];
    return { value: item, before: schema && sameItem(schema, item, before), schema: schema?.items };
  }
  return {
    value: isObject(value) ? value[step] : undefined,
    before: isObject(before) ? before[step] : undefined,
    schema: schema?.properties?.[step] ?? (schema && valueSchema(schema)),
  };
}
