import { Store } from '../../../src/kube/store.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { recordingLogger, widget, type LogLine, type Widget } from './support.ts';

const everything = (): boolean => true;

function setUp() {
  const clock = new VirtualClock();
  const lines: LogLine[] = [];
  const changes: string[] = [];
  const store = new Store<Widget, 'owner'>({
    clock,
    logger: recordingLogger(lines),
    indexes: { owner: (object) => (object.spec?.owner === undefined ? [] : [object.spec.owner]) },
  });
  const show = (object: Widget | undefined): string =>
    object === undefined ? '-' : `${object.metadata.uid}@${object.metadata.resourceVersion}`;
  store.onChange(({ old, current }, { initial }) => changes.push(`${show(old)} > ${show(current)}${initial ? ' initial' : ''}`));
  const version = (name: string): string | undefined => store.get({ namespace: 'team', name })?.metadata.resourceVersion;
  return { clock, store, changes, lines, version };
}

describe('the store', () => {
  it('drops managed fields and kubectl’s copy on the way in, and nothing else', () => {
    const { store } = setUp();
    const object = widget('a', 1, { spec: { size: 3, owner: 'x' } });
    const full = {
      ...object,
      metadata: {
        ...object.metadata,
        managedFields: [{}],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' },
      },
    };
    store.applyEvent(full);
    const stored = store.get({ namespace: 'team', name: 'a' });
    expect(stored?.metadata).not.toHaveProperty('managedFields');
    expect(stored?.metadata.annotations).toEqual({ kept: 'yes' });
    expect(stored?.spec).toEqual({ size: 3, owner: 'x' });
    expect(full.metadata.managedFields).toEqual([{}]);
  });

  it('finds objects by index, also after they have moved in it', () => {
    const { store } = setUp();
    store.applyEvent(widget('a', 1, { spec: { owner: 'x' } }));
    store.applyEvent(widget('b', 2, { spec: { owner: 'x' } }));
    store.applyEvent(widget('c', 3));
    expect(store.byIndex('owner', 'x').map((object) => object.metadata.name)).toEqual(['a', 'b']);
    store.applyEvent(widget('a', 4, { spec: { owner: 'y', size: 1 } }));
    store.applyEvent(widget('b', 5, { spec: { owner: 'x', size: 9 } }));
    expect(store.byIndex('owner', 'x').map((object) => object.spec?.size)).toEqual([9]);
    expect(store.byIndex('owner', 'y').map((object) => object.spec?.size)).toEqual([1]);
    store.applyDeleted(widget('a', 6), everything);
    expect(store.byIndex('owner', 'y')).toEqual([]);
    expect(store.list()).toHaveLength(2);
    expect([...store.keys()]).toEqual(['team/b', 'team/c']);
  });

  it('refuses an index it does not have', () => {
    const { store } = setUp();
    expect(() => store.byIndex('nothing' as 'owner', 'x')).toThrow(TypeError);
  });

  it('gives handlers the old and the new object', () => {
    const { store, changes } = setUp();
    store.applyListed(widget('a', 1), true);
    store.applyEvent(widget('a', 2));
    store.applyDeleted(widget('a', 3), everything);
    expect(changes).toEqual(['- > uid-a@1 initial', 'uid-a@1 > uid-a@2', 'uid-a@2 > -']);
  });

  it('never goes back: neither a late event nor an old list undoes a newer answer', () => {
    const { store, version, changes } = setUp();
    store.applyListed(widget('a', 9), true);
    store.applyLocal(widget('a', 10));
    store.applyEvent(widget('a', 9));
    store.applyEvent(widget('a', 10));
    store.applyListed(widget('a', 9), false);
    expect(version('a')).toBe('10');
    expect(changes).toHaveLength(2);
    expect(store.applyLocal(widget('a', 8)).metadata.resourceVersion).toBe('10');
  });

  it('compares versions as numbers of any size', () => {
    const { store, version } = setUp();
    store.applyEvent(widget('a', 9));
    store.applyEvent(widget('a', 10));
    expect(version('a')).toBe('10');
    const big = widget('a', 0, { metadata: { resourceVersion: '9007199254740993' } });
    store.applyEvent(big);
    store.applyEvent({ ...big, metadata: { ...big.metadata, resourceVersion: '9007199254740992' } });
    expect(version('a')).toBe('9007199254740993');
  });

  it('keeps what this process wrote after a list was taken, and drops the rest that the list lacks', async () => {
    const { store, version } = setUp();
    store.applyEvent(widget('gone', 5));
    store.applyLocal(widget('mine', 12));
    store.applyListed(widget('listed', 3), false);
    await store.retain({ keys: new Set(['team/listed']), resourceVersion: '10' }, everything);
    expect([version('gone'), version('mine'), version('listed')]).toEqual([undefined, '12', '3']);
  });

  it('lets a list judge its own scope only', async () => {
    const { store, version } = setUp();
    store.applyEvent(widget('here', 1));
    store.applyEvent(widget('there', 2, { metadata: { namespace: 'other' } }));
    await store.retain({ keys: new Set(), resourceVersion: '10' }, (object) => object.metadata.namespace === 'team');
    expect(version('here')).toBeUndefined();
    expect(store.get({ namespace: 'other', name: 'there' })).toBeDefined();
  });

  it('does not bring a deleted object back by an event from before the deletion', () => {
    const { store, version } = setUp();
    store.applyEvent(widget('a', 1));
    store.applyDeleted(widget('a', 5), everything);
    store.applyEvent(widget('a', 4));
    expect(version('a')).toBeUndefined();
    store.applyEvent(widget('a', 6, { uid: 'successor' }));
    expect(version('a')).toBe('6');
  });

  it('lets an object that left what is watched come back, and is not confused by two watches that see the same move', () => {
    const labelled = (version: number, shard: string): Widget => widget('a', version, { metadata: { labels: { shard } } });
    const inShard = (shard: string) => (object: Widget) => object.metadata.labels?.shard === shard;
    for (const order of ['leave first', 'enter first']) {
      const { store, version } = setUp();
      store.applyEvent(labelled(1, 'x'));
      const leave = (): void => store.applyDeleted(labelled(5, 'x'), inShard('x'));
      const enter = (): void => store.applyEvent(labelled(5, 'y'));
      for (const step of order === 'leave first' ? [leave, enter] : [enter, leave]) step();
      expect(version('a')).toBe('5');
      store.applyDeleted(labelled(7, 'y'), inShard('y'));
      expect(version('a')).toBeUndefined();
      store.applyEvent(labelled(8, 'y'));
      expect(version('a')).toBe('8');
    }
  });

  it('does not bring back what this process deleted, although the deletion’s version is unknown, and lets a successor in', () => {
    const { store, version } = setUp();
    store.applyEvent(widget('a', 1));
    store.removeLocal({ namespace: 'team', name: 'a' }, undefined);
    store.applyEvent(widget('a', 2));
    store.applyListed(widget('a', 2), false);
    expect(version('a')).toBeUndefined();
    store.applyEvent(widget('a', 4, { uid: 'successor' }));
    store.applyDeleted(widget('a', 3), everything);
    expect(version('a')).toBe('4');
    store.removeLocal({ namespace: 'team', name: 'a' }, 'uid-a');
    expect(version('a')).toBe('4');
  });

  it('takes an object whose last finalizer went while it was being deleted for gone', () => {
    const { store, version, changes } = setUp();
    const deletionTimestamp = '2026-01-05T09:00:00Z';
    store.applyEvent(widget('a', 1, { metadata: { finalizers: ['f'] } }));
    store.applyLocal(widget('a', 2, { metadata: { finalizers: ['f'], deletionTimestamp } }));
    expect(version('a')).toBe('2');
    store.applyLocal(widget('a', 3, { metadata: { deletionTimestamp } }));
    store.applyEvent(widget('a', 2, { metadata: { finalizers: ['f'], deletionTimestamp } }));
    expect(version('a')).toBeUndefined();
    expect(changes.at(-1)).toBe('uid-a@2 > -');
  });

  it('takes an object for gone whose last finalizer went, although the answer carries the version from before', () => {
    const { store, version, changes } = setUp();
    const deletionTimestamp = '2026-01-05T09:00:00Z';
    store.applyLocal(widget('a', 2, { metadata: { finalizers: ['f'], deletionTimestamp } }));
    store.applyLocal(widget('a', 2, { metadata: { deletionTimestamp } }));
    expect(version('a')).toBeUndefined();
    store.applyEvent(widget('a', 2, { metadata: { finalizers: ['f'], deletionTimestamp } }));
    expect(version('a')).toBeUndefined();
    expect(changes).toEqual(['- > uid-a@2', 'uid-a@2 > -']);
  });

  it('shows another object of the same name as a removal and an addition', () => {
    const { store, changes } = setUp();
    store.applyListed(widget('a', 1, { uid: 'first' }), true);
    store.applyListed(widget('a', 7, { uid: 'second' }), false);
    expect(changes.slice(1)).toEqual(['first@1 > -', '- > second@7']);
  });

  it('survives a handler that throws, and still calls the others', () => {
    const { store, changes, lines } = setUp();
    store.onChange(() => {
      throw new Error('broken handler');
    });
    const after: string[] = [];
    store.onChange(({ current }) => after.push(current?.metadata.name ?? ''));
    store.applyEvent(widget('a', 1));
    expect(changes).toHaveLength(1);
    expect(after).toEqual(['a']);
    expect(lines.map((line) => line.message)).toEqual(['A change handler failed']);
  });

  it('drops the objects of a scope that is no longer watched', async () => {
    const { store, changes } = setUp();
    store.applyEvent(widget('a', 1));
    await store.clear(everything);
    expect(store.size).toBe(0);
    expect(changes.at(-1)).toBe('uid-a@1 > -');
    store.applyListed(widget('a', 1), false);
    expect(store.size).toBe(1);
  });

  it('forgets deletions after a quarter of an hour, so that they do not pile up', async () => {
    const { store, clock, version } = setUp();
    store.applyEvent(widget('a', 1));
    store.removeLocal({ namespace: 'team', name: 'a' }, undefined);
    await clock.advance(16 * 60_000);
    store.applyEvent(widget('b', 3));
    store.removeLocal({ namespace: 'team', name: 'b' }, undefined);
    store.applyEvent(widget('a', 2));
    expect(version('a')).toBe('2');
  });
});
