import type { Clock, Random } from '../../../../src/ports/clock.ts';
import type { Registry } from '../registry.ts';
import type { Resource } from '../resource.ts';
import type { Store } from '../store.ts';
import type { KubeObject } from '../types.ts';

/** What everything in the server works on. */
export interface ServerState {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
}

/** Where an object stands, whether it is there or not. */
export interface ObjectPlace {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Where an object of a resource stands. */
export function placeOf(resource: Resource, { metadata: { namespace, name = '' } }: KubeObject): ObjectPlace {
  return { resource, namespace, name };
}

/** The time as Kubernetes writes it: in whole seconds. */
export function timestamp(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
}

const presented = new WeakMap<KubeObject, KubeObject>();

/** An object as a resource shows it: with the defaults of today's schema, in the resource's form. */
export function present(state: ServerState, resource: Resource, object: KubeObject): KubeObject {
  const changedAt = resource.schema ? state.registry.schemaChangedAt(resource.collection) : 0;
  const current = Number(object.metadata.resourceVersion) > changedAt;
  if (current && !resource.fromStored) return object;
  if (resource.fromStored) return resource.fromStored(current ? object : refresh(resource, object));
  return refresh(resource, object);
}

/** An object that was stored under an older schema, under the present one. */
function refresh(resource: Resource, object: KubeObject): KubeObject {
  const { schema } = resource;
  if (!schema) return object;
  let result = presented.get(object);
  if (!result) {
    result = schema.applyDefaults(schema.prune(object));
    presented.set(object, result);
  }
  return result;
}
