import type { Condition } from '../../src/api/meta.ts';
import { reasons } from '../../src/api/reasons.ts';
import type { World } from './world.ts';

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation: number; readonly deletionTimestamp?: string };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

const known: ReadonlySet<string> = new Set(reasons);
/** An address, or the name of a person: neither may stand in what kubectl and event stores show to anybody. */
const personal = /[\w.+-]+@[\w-]+\.[\w.]+/;

/** What is wrong with the conditions of a resource, by the conventions that kstatus and people rely on. */
function problemsOf({ kind, metadata, status }: Resource): readonly string[] {
  const conditions = status?.conditions ?? [];
  const problems: string[] = [];
  const say = (problem: string): void => void problems.push(`${kind} ${metadata.name}: ${problem}`);
  const types = conditions.map(({ type }) => type);
  if (new Set(types).size !== types.length) say(`a condition stands twice: ${types.join(', ')}`);
  if (conditions.length > 0 && !types.includes('Ready')) say('conditions without Ready');
  if ((status?.observedGeneration ?? -1) > metadata.generation) say('observedGeneration is ahead of the generation');
  for (const { type, status: value, reason, message, observedGeneration } of conditions) {
    if ((type === 'Reconciling' || type === 'Stalled') && value !== 'True') say(`${type} is there and not True`);
    if (!known.has(reason)) say(`${type} has the reason ${reason}, which is in no list`);
    if (message.trim() === '') say(`${type} says nothing`);
    if (personal.test(message)) say(`${type} names an address: ${message}`);
    if ((observedGeneration ?? 0) > metadata.generation) say(`${type} was computed for a generation that is to come`);
  }
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True' && types.includes('Stalled') && ready.reason !== 'Suspended') say('Ready is True although it is Stalled');
  return problems;
}

/** Everything that is wrong with any status of the world; every behaviour test ends with it. */
export function lintStatuses(world: Pick<World, 'kube'>): readonly string[] {
  const kinds = ['TenantPair', 'SyncConfiguration', 'UserProjection', 'GroupProjection'];
  const resources = kinds.flatMap((kind) => world.kube.list(kind)) as unknown as readonly Resource[];
  const events = world.kube
    .list('Event')
    .map((event) => String(event.message))
    .filter((message) => personal.test(message));
  return [...resources.flatMap(problemsOf), ...events.map((message) => `Event names an address: ${message}`)];
}
