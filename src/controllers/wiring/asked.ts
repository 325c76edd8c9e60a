import { annotations } from '../../api/kinds.ts';
import type { KubeObject } from '../../ports/resources.ts';

/** Whether somebody asked for something: the spec, a deletion or one of our annotations changed. */
export function asked(old: KubeObject | undefined, now: KubeObject): boolean {
  if (!isSame(old, now)) return true;
  return Object.values(annotations).some((name) => old.metadata.annotations?.[name] !== now.metadata.annotations?.[name]);
}

/** Whether neither the spec nor a deletion has changed. */
export function isSame(old: KubeObject | undefined, now: KubeObject): old is KubeObject {
  const [before, after] = [old?.metadata, now.metadata];
  return before?.uid === after.uid && before.generation === after.generation && before.deletionTimestamp === after.deletionTimestamp;
}
