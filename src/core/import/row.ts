import { compileMapping } from '../mapping/check.ts';
import { conform } from '../mapping/conform.ts';
import type { MappingSpec } from '../mapping/default-mappings.ts';
import { rulesOf } from '../mapping/target-attributes.ts';
import { remark, type Remark } from './commented.ts';
import { translate } from './expression.ts';
import { differenceOf, sourceNamed, targetNamed } from './names.ts';
import { longestMessage, quoted, visible, type Trouble } from './problem.ts';
import type { EntraRow } from './schema.ts';
import { readSourceOf, type Reading } from './source.ts';

/** A mapping of ours as it is written, defaults left out. */
export type WrittenMapping = Pick<MappingSpec, 'target'> & Partial<MappingSpec>;

/** A row that has been taken over, with what is to be said about it. */
export interface TakenRow {
  readonly mapping: WrittenMapping;
  readonly remarks: readonly Remark[];
}

type Found<T> = T | { readonly troubles: readonly Trouble[] };

const troubles = (...found: readonly Trouble[]): { readonly troubles: readonly Trouble[] } => ({ troubles: found });

const mapped: Omit<MappingSpec, 'target'> = { apply: 'Always', authority: 'Source', whenNull: 'Keep', propagateRemoval: false };

/** Constants and defaults of booleans are written in several ways, with quotes inside the value too. */
function valueFor(target: string, given: string): string {
  return rulesOf(target).type === 'Boolean' ? given.replaceAll('"', '').trim().toLowerCase() : given;
}

/** As long as a constant or a default may be in a manifest. */
const longestConstant = 1024;

function unfit(target: string, field: string, given: string): Trouble | undefined {
  if (given.length > longestConstant) return { what: `the ${field} has more than ${longestConstant} characters`, wayOut: 'shorten it' };
  const conforming = conform(target, given);
  return 'problem' in conforming ? { what: `the ${field}: ${conforming.problem}`, wayOut: 'correct it in the export' } : undefined;
}

type From = Pick<WrittenMapping, 'source' | 'constant' | 'expression'>;
type Taken = Found<{ readonly from: From; readonly remarks: readonly Remark[] }>;

function takeAttribute(entra: string, target: string): Taken {
  const named = sourceNamed(entra);
  if ('what' in named) return troubles(named);
  if ((named.name === 'manager') !== (target === 'manager')) {
    const what = `the reference ${quoted(entra)} cannot go to ${quoted(target)}`;
    return troubles({ what, wayOut: 'of references, only manager can be mapped, and only to manager' });
  }
  const difference = differenceOf(entra);
  const what = named.name === entra ? `[${visible(entra)}]` : `[${visible(entra)}] is ${named.name} here`;
  const remarks = [remark('taken over', what), ...(difference === undefined ? [] : [remark('differs', difference)])];
  return { from: { source: named.name }, remarks };
}

function takeConstant(given: string, target: string): Taken {
  const constant = valueFor(target, given);
  // An empty value is none here, and what is empty in the source never clears anything in Entra.
  if (constant === '') return { from: {}, remarks: [remark('differs', 'an empty constant is no value here: the target is left as it is')] };
  const problem = unfit(target, 'constant', constant);
  return problem ? troubles(problem) : { from: { constant }, remarks: [remark('taken over', 'a constant')] };
}

function takeExpression(text: string, reading: Extract<Reading, { kind: 'Expression' }>): Taken {
  const translated = translate(text, reading.ast);
  if (!('expression' in translated)) return { troubles: translated };
  const { expression, differences } = translated;
  const was =
    expression.replaceAll(' ', '') === text.replaceAll(/\s/g, '') ? 'the expression' : `the expression ${visible(text, longestMessage)}`;
  return { from: { expression }, remarks: [remark('taken over', was), ...differences.map((difference) => remark('differs', difference))] };
}

function take(row: EntraRow, target: string): Taken {
  const reading = readSourceOf(row.source);
  if ('what' in reading) return troubles(reading);
  if (target === 'manager' && reading.kind !== 'Attribute' && reading.kind !== 'None')
    return troubles({ what: 'the manager is not taken directly from [manager]', wayOut: 'map it directly, or remove the mapping' });
  switch (reading.kind) {
    case 'Attribute':
      return takeAttribute(reading.name, target);
    case 'Constant':
      return takeConstant(reading.value, target);
    case 'Expression':
      return takeExpression(reading.text, reading);
    case 'None':
      return takeNone(row, target);
  }
}

/** A mapping without a source leaves the target alone; its default value fills an empty target. */
function takeNone({ defaultValue }: EntraRow, target: string): Taken {
  if (defaultValue === undefined) return { from: {}, remarks: [remark('taken over', 'mapped to nothing: not synchronized')] };
  const constant = valueFor(target, defaultValue);
  const problem =
    target === 'manager' ? { what: 'a manager has no default value', wayOut: 'remove it' } : unfit(target, 'default value', constant);
  return problem
    ? troubles(problem)
    : { from: { constant }, remarks: [remark('taken over', 'no source, with a default value: it fills an empty target')] };
}

/** When a mapping is applied. */
type Flow = Found<{ readonly flow: Pick<WrittenMapping, 'apply' | 'authority'>; readonly remarks: readonly Remark[] }>;

function flowOf(row: EntraRow, target: string): Flow {
  const list = rulesOf(target).type === 'StringList';
  switch (row.flowType.toLowerCase()) {
    case 'always':
      return { flow: {}, remarks: [] };
    case 'objectaddonly':
      return { flow: { apply: 'OnCreate' }, remarks: [remark('taken over', 'only when an account is created')] };
    case 'attributeaddonly':
      return { flow: { authority: 'WhenEmpty' }, remarks: [remark('taken over', 'only where the target is empty')] };
    case 'valueaddonly':
    case 'multivalueaddonly': {
      const wayOut = 'let it flow always';
      if (list)
        return troubles({ what: `the flow type ${quoted(row.flowType)} cannot be kept for a list: lists are written whole`, wayOut });
      return { flow: {}, remarks: [remark('differs', `${row.flowType} of a single value is taken for Always; no value clears nothing`)] };
    }
    default:
      return troubles({
        what: `the flow type ${quoted(row.flowType)} is not known`,
        wayOut: 'it is Always, ObjectAddOnly or AttributeAddOnly',
      });
  }
}

function behaviorRemarks({ flowBehavior }: EntraRow): Found<readonly Remark[]> {
  switch (flowBehavior.toLowerCase()) {
    case 'flowwhenchanged':
      return [];
    case 'flowalways':
      return [
        remark(
          'differs',
          'FlowAlways is taken for FlowWhenChanged: it is written when the source changes; drift.policy is the nearest to it',
        ),
      ];
    default:
      return troubles({ what: `the flow behavior ${quoted(flowBehavior)} is not known`, wayOut: 'it is FlowWhenChanged or FlowAlways' });
  }
}

function defaultOf(row: EntraRow, from: From, target: string): Found<{ readonly defaultValue?: string }> {
  if (row.defaultValue === undefined || (from.source === undefined && from.expression === undefined)) return {};
  if (target === 'manager') return troubles({ what: 'a manager has no default value', wayOut: 'remove it' });
  const defaultValue = valueFor(target, row.defaultValue);
  if (defaultValue === '') return {};
  const problem = unfit(target, 'default value', defaultValue);
  return problem ? troubles(problem) : { defaultValue };
}

const extensionRemark = remark('note', 'it belongs to an application of the target tenant; whether it is there cannot be seen from here');

function assemble(target: string, from: From, more: Partial<WrittenMapping>): WrittenMapping {
  const isNone = from.source === undefined && from.constant === undefined && from.expression === undefined;
  return isNone ? { target } : { target, ...from, ...more };
}

/** Takes one row over, or says everything that stands against it. */
export function takeRow(row: EntraRow): Found<TakenRow> {
  const named = targetNamed(row.target);
  if ('what' in named) return troubles(named);
  const target = named.name;
  const taken = take(row, target);
  const flow = flowOf(row, target);
  const behavior = behaviorRemarks(row);
  const fallback = 'from' in taken ? defaultOf(row, taken.from, target) : {};
  const found = [taken, flow, behavior, fallback].flatMap((part) => ('troubles' in part ? part.troubles : []));
  if (found.length > 0 || 'troubles' in taken || 'troubles' in flow || 'troubles' in behavior || 'troubles' in fallback)
    return { troubles: found };
  if (target === 'manager' && Object.keys(flow.flow).length > 0)
    return troubles({ what: 'a manager can only flow always', wayOut: 'let it flow always, or remove the mapping' });
  const fills = row.source === undefined && taken.from.constant !== undefined;
  const mapping = assemble(target, taken.from, { ...flow.flow, ...(fills ? { authority: 'WhenEmpty' as const } : {}), ...fallback });
  const compiled = compileMapping({ ...mapped, ...mapping });
  // Whatever no check above has seen: nothing is written that the operator would refuse.
  if ('reason' in compiled)
    return troubles({ what: visible(compiled.message, longestMessage), wayOut: 'correct the mapping in the export' });
  const renamed = named.name === row.target ? [] : [remark('note', `the target is called ${visible(row.target)} by Entra`)];
  const extension = target.startsWith('extension_') ? [extensionRemark] : [];
  return { mapping, remarks: [...taken.remarks, ...flow.remarks, ...behavior, ...renamed, ...extension] };
}
