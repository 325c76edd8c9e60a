import fc from 'fast-check';
import type { JsonObject, KubeObject } from '../../kubernetes/types.ts';
import type { WatchReader } from './cluster.ts';
import { Cluster, base, widget } from './cluster.ts';

type State = Map<string, KubeObject>;

const colours = ['red', 'green', 'blue'];
const selector = `fieldSelector=${encodeURIComponent('spec.colour!=green')}`;

/** Lists in chunks of two; `between` happens between the chunks. */
async function listAll(cluster: Cluster, between: () => void): Promise<{ state: State; version: string }> {
  const state: State = new Map();
  let token = '';
  let version: string;
  do {
    const { body } = await cluster.call('GET', `${base}?limit=2&${selector}&continue=${token}`);
    for (const item of body.items as KubeObject[]) state.set(item.metadata.name ?? '', item);
    const metadata = body.metadata as JsonObject & { resourceVersion: string; continue?: string };
    version = metadata.resourceVersion;
    token = metadata.continue ?? '';
    between();
  } while (token !== '');
  return { state, version };
}

function replay(state: State, watch: WatchReader): void {
  for (const { type, object } of watch.events) {
    if (type === 'DELETED') state.delete(object.metadata.name ?? '');
    else state.set(object.metadata.name ?? '', object);
  }
}

const write = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), colour: fc.constantFrom(...colours), remove: fc.boolean() });

function perform(cluster: Cluster, { name, colour, remove }: { name: string; colour: string; remove: boolean }): void {
  if (remove) cluster.kubernetes.delete({ kind: 'Widget', namespace: 'default', name });
  else cluster.kubernetes.apply(widget(name, { colour }));
}

test('a client that lists in chunks and then watches ends with what the server has, whatever is written meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { maxLength: 8 }),
      fc.array(write, { maxLength: 12 }),
      fc.array(write, { maxLength: 12 }),
      async (before, during, after) => {
        const cluster = new Cluster();
        for (const one of before) perform(cluster, one);
        const pending = [...during];
        const { state, version } = await listAll(cluster, () => pending.splice(0, 3).forEach((one) => perform(cluster, one)));
        for (const one of pending) perform(cluster, one);
        const watch = await cluster.watch(`resourceVersion=${version}&${selector}`);
        for (const one of after) perform(cluster, one);
        await cluster.clock.settle();
        replay(state, watch);
        const expected = cluster.kubernetes.list('Widget', { namespace: 'default', fieldSelector: 'spec.colour!=green' });
        expect([...state.values()].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))).toEqual(expected);
        cluster.kubernetes.close();
      },
    ),
    { numRuns: 60 },
  );
});
