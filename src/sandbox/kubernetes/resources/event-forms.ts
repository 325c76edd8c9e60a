import type { FieldError } from '../field-error.ts';
import { invalidValue, required } from '../field-error.ts';
import { objectOf, stringOf } from '../json.ts';
import type { JsonObject, KubeObject } from '../types.ts';

/** Names of the same field in core v1 and in events.k8s.io/v1. */
const pairs: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
];

function rename(object: KubeObject, apiVersion: string, names: ReadonlyMap<string, string>): KubeObject {
  const entries = Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value] as const);
  return { ...(Object.fromEntries(entries) as KubeObject), apiVersion };
}

const toCore = new Map(pairs.map(([core, modern]) => [modern, core]));
const toModern = new Map(pairs);

/** An event of events.k8s.io/v1 in the form of core v1, in which events are stored. */
export function coreEvent(event: KubeObject): KubeObject {
  return rename(event, 'v1', toCore);
}

/** An event as stored in the form of events.k8s.io/v1. */
export function modernEvent(event: KubeObject): KubeObject {
  return rename(event, 'events.k8s.io/v1', toModern);
}

/** What both forms of events are checked for; the event is in the form of core v1. */
export function checkCoreEvent(event: KubeObject): FieldError[] {
  const involved = objectOf(event.involvedObject);
  const namespace = stringOf(involved.namespace) ?? 'default';
  if (namespace === event.metadata.namespace) return [];
  return [invalidValue('involvedObject.namespace', involved.namespace ?? '', 'does not match event.namespace')];
}

const mutable = new Set(['series', 'metadata', 'apiVersion', 'kind']);

/** What events of events.k8s.io/v1 are checked for besides; the event is in the form of core v1. */
export function checkModernEvent(event: KubeObject, old: KubeObject | undefined): FieldError[] {
  const errors = checkCoreEvent(event);
  if (old) return [...errors, ...changedFields(event, old)];
  for (const field of ['eventTime', 'reportingComponent', 'reportingInstance', 'action', 'reason'] as const) {
    const shown = field === 'reportingComponent' ? 'reportingController' : field;
    if (stringOf(event[field]) === undefined) errors.push(required(shown));
  }
  for (const [field, limit] of Object.entries({ action: 128, reason: 128, reportingInstance: 128, message: 1024 })) {
    const value = event[field];
    if (typeof value !== 'string' || value.length <= limit) continue;
    errors.push(invalidValue(field === 'message' ? 'note' : field, '', `can have at most ${limit} characters`));
  }
  if (event.type !== 'Normal' && event.type !== 'Warning') errors.push(invalidValue('type', event.type ?? '', 'has invalid value: '));
  return errors;
}

function changedFields(event: JsonObject, old: JsonObject): FieldError[] {
  return Object.keys(event)
    .filter((key) => !mutable.has(key) && JSON.stringify(event[key]) !== JSON.stringify(old[key]))
    .map((key) => invalidValue(toModern.get(key) ?? key, event[key], 'field is immutable'));
}
