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

const limits = { reportingInstance: 128, action: 128, reason: 128, message: 1024 } as const;

/** What events are checked for in either group, by the rules for those with an eventTime and for those without. */
export function checkCoreEvent(event: KubeObject): FieldError[] {
  return legacyErrors(event, 'reportingComponent');
}

function legacyErrors(event: KubeObject, controllerField: string): FieldError[] {
  const home = event.metadata.namespace ?? '';
  const about = stringOf(objectOf(event.involvedObject).namespace) ?? '';
  const misplaced = invalidValue('involvedObject.namespace', about, 'does not match event.namespace');
  if (stringOf(event.eventTime) === undefined) {
    return about === home || (about === '' && home === 'default') ? [] : [misplaced];
  }
  const errors = about === '' && home !== 'default' && home !== 'kube-system' ? [misplaced] : [];
  const needed = { reportingComponent: controllerField, reportingInstance: 'reportingInstance', action: 'action', reason: 'reason' };
  for (const [member, field] of Object.entries(needed)) if (stringOf(event[member]) === undefined) errors.push(required(field));
  for (const [field, limit] of Object.entries(limits)) {
    const value = event[field];
    if (typeof value === 'string' && value.length > limit) errors.push(invalidValue(field, '', `can have at most ${limit} characters`));
  }
  return errors;
}

/** What events of events.k8s.io/v1 are checked for; the event is in the form of core v1, and its fields are named so. */
export function checkModernEvent(event: KubeObject, old: KubeObject | undefined): FieldError[] {
  const errors = legacyErrors(event, 'reportingController');
  if (old) return [...errors, ...seriesErrors(event), ...changedFields(event, old)];
  errors.push(...seriesErrors(event));
  if (stringOf(event.eventTime) === undefined) errors.push(required('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning')
    errors.push(invalidValue('type', '', `has invalid value: ${stringOf(event.type) ?? ''}`));
  for (const field of ['firstTimestamp', 'lastTimestamp', 'count', 'source'])
    if (event[field] !== undefined) errors.push(invalidValue(field, '', 'needs to be unset'));
  return errors;
}

function seriesErrors(event: KubeObject): FieldError[] {
  if (event.series === undefined) return [];
  const series = objectOf(event.series);
  return [
    ...(typeof series.count === 'number' && series.count >= 2 ? [] : [invalidValue('series.count', '', 'should be at least 2')]),
    ...(stringOf(series.lastObservedTime) === undefined ? [required('series.lastObservedTime')] : []),
  ];
}

const mutable = new Set(['series', 'metadata', 'apiVersion', 'kind']);

function changedFields(event: JsonObject, old: JsonObject): FieldError[] {
  return Object.keys(event)
    .filter((key) => !mutable.has(key) && JSON.stringify(event[key]) !== JSON.stringify(old[key]))
    .map((key) => invalidValue(key, event[key], 'field is immutable'));
}
