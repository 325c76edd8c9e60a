import fc from 'fast-check';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import { projectionFiling } from '../../../../src/controllers/shared/indexes.ts';
import { personKey } from '../../../../src/core/projection/claims.ts';
import { groupOf, type RecordGroup } from '../../../../src/core/projection/groups.ts';
import { PlainEntries } from '../../../../src/kube/entries.ts';
import { PackedEntries } from '../../../../src/kube/packed/packed-entries.ts';
import { Store } from '../../../../src/kube/store.ts';
import { visitAll } from '../../../../src/ports/clock.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { keyString } from '../../../../src/ports/resources.ts';
import { RestlessClock, VirtualClock } from '../../../support/virtual-clock.ts';
import { recordWith } from '../../core/support.ts';

type Records = Store<UserProjection>;

const { indexes } = projectionFiling;
const groups: readonly RecordGroup[] = [
  'All',
  'InScope',
  'Staged',
  'Judged',
  'Going',
  'Drifted',
  'Live',
  'WithAccount',
  'State/Failed',
  'State/Provisioned',
];
const configurations = ['identity/staff', 'identity/partners'];
const people = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${letter.repeat(8)}-0000-4000-8000-000000000000`);

function storeOf(
  entries: PlainEntries<UserProjection> | PackedEntries<UserProjection>,
  clock: VirtualClock = new VirtualClock(),
): { store: Records; changes: string[] } {
  const store: Records = new Store({ clock, logger: silentLogger, indexes, entries });
  const changes: string[] = [];
  store.onChange((change, context) => changes.push(JSON.stringify({ ...change, ...context })));
  return { store, changes };
}

/** Everything that can be asked of a store; what is in no order, sorted. */
function answers(store: Records): unknown {
  const sorted = (objects: Iterable<unknown>): readonly string[] => Array.from(objects, (object) => JSON.stringify(object)).sort();
  const all = store.list();
  const values = (name: string): readonly string[] => [...new Set([...all.flatMap((object) => indexes[name]?.(object) ?? []), 'nobody'])];
  return {
    size: store.size,
    keys: [...store.keys()].sort(),
    all: sorted(all),
    byKey: [...store.keys()].sort().map((key) => store.get({ namespace: 'identity', name: key.slice('identity/'.length) })),
    indexes: Object.keys(indexes).map((name) =>
      values(name)
        .map((value) => [value, sorted(store.byIndex(name, value))])
        .sort(),
    ),
    groups: configurations.flatMap((configuration) =>
      groups.map((group) => {
        const name = groupOf(configuration, group);
        const subjects = Array.from(store.subjects(name), (subject) => ({ id: subject.id, key: subject.key, object: subject.read() }));
        return [name, store.count(name), sorted(store.each(name)), sorted(subjects)];
      }),
    ),
  };
}

const record = fc
  .record({
    person: fc.constantFrom(...people),
    configuration: fc.constantFrom('staff', 'partners'),
    uid: fc.constantFrom('uid-1', 'uid-2'),
    version: fc.integer({ min: 1, max: 40 }),
    going: fc.constantFrom('not', 'held', 'gone'),
    address: fc.constantFrom('ann@contoso.com', 'bob@contoso.com', 'émile@contoso.com', undefined),
    manager: fc.constantFrom(...people, undefined),
    lifecycle: fc.constantFrom('Present' as const, 'RemovalStaged' as const, 'Removed' as const),
    state: fc.constantFrom('Provisioned' as const, 'Failed' as const, 'Pending' as const, 'Conflict' as const),
    account: fc.constantFrom('11111111-0000-4000-8000-000000000000', 'not an id', undefined),
    text: fc.string({ maxLength: 300 }),
  })
  .map(({ person, configuration, uid, version, going, address, manager, lifecycle, state, account, text }): UserProjection =>
    recordWith({
      spec: {
        source: { tenantId: 'hub', objectId: person },
        syncConfigurationRef: { name: configuration },
        lifecycle,
        invitedAddress: address as never,
        manager: manager === undefined ? (undefined as never) : { sourceObjectId: manager },
        attributes: { displayName: text, businessPhones: [text] },
      },
      status: {
        state,
        targetUser: account === undefined ? (undefined as never) : { objectId: account },
        drift: text === '' ? [] : [{ attribute: text }],
      },
      metadata: {
        name: `${configuration}-${person}`,
        namespace: 'identity',
        uid,
        resourceVersion: String(version),
        finalizers: going === 'gone' ? [] : ['tenantsync.dev/target-user'],
        ...(going === 'not' ? {} : { deletionTimestamp: '2026-01-05T09:00:00Z' }),
      },
    }),
  );

const everything = (): boolean => true;

const step = fc.oneof(
  record.map((object) => (store: Records) => store.applyEvent(object)),
  record.map((object) => (store: Records) => void store.applyLocal(object)),
  record.map((object) => (store: Records) => store.applyDeleted(object, everything)),
  record.map((object) => (store: Records) => store.applyListed(object, true)),
  fc.tuple(record, fc.boolean()).map(
    ([{ metadata }, known]) =>
      (store: Records) =>
        store.removeLocal(metadata, known ? metadata.uid : undefined),
  ),
  fc.tuple(fc.array(record, { maxLength: 4 }), fc.integer({ min: 1, max: 40 })).map(
    ([shown, version]) =>
      (store: Records) =>
        store.retain({ keys: new Set(shown.map(({ metadata }) => keyString(metadata))), resourceVersion: String(version) }, everything),
  ),
  fc
    .constantFrom('staff', 'partners')
    .map((name) => (store: Records) => store.clear(({ spec }) => spec.syncConfigurationRef.name === name)),
);

/** Events that come while a list is taken in are of a time after it. */
const lateness = 100;
const lately = record.map((object): UserProjection => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(Number(object.metadata.resourceVersion) + lateness) },
}));
const meanwhile = fc.oneof(
  lately.map((object) => (store: Records) => store.applyEvent(object)),
  lately.map((object) => (store: Records) => void store.applyLocal(object)),
  lately.map((object) => (store: Records) => store.applyDeleted(object, everything)),
);
type Event = (store: Records) => void;

/** Takes a list in by parts, as a reflector does: `between` happens in the pauses, and what is left of it afterwards. */
async function takeInByParts(
  store: Records,
  clock: VirtualClock,
  list: { readonly objects: readonly UserProjection[]; readonly between: readonly Event[] },
): Promise<void> {
  const left = [...list.between];
  const keys = new Set(list.objects.map(({ metadata }) => keyString(metadata)));
  const taken = visitAll(clock, list.objects, (object) => store.applyListed(object, false)).then(() =>
    store.retain({ keys, resourceVersion: String(lateness) }, everything),
  );
  await passed(clock, taken, () => left.shift()?.(store));
  for (const event of left) event(store);
}

/** Lets time pass until something is done; `pause` happens in each pause. */
async function passed(clock: VirtualClock, work: Promise<void> | void, pause: () => void = () => undefined): Promise<void> {
  const done = Promise.resolve(work).then(() => true);
  do pause();
  while (!(await Promise.race([done, clock.advance(0).then(() => false)])));
}

describe('packed entries', () => {
  it('answer every question as plain ones do, and tell of the same changes, after any sequence of events', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const plain = storeOf(new PlainEntries(projectionFiling));
        const packed = storeOf(new PackedEntries(projectionFiling));
        for (const each of steps) {
          await each(plain.store);
          await each(packed.store);
          // Of what goes at once nobody is told before or after the others for a reason.
          expect(packed.changes.splice(0).toSorted()).toEqual(plain.changes.splice(0).toSorted());
        }
        expect(answers(packed.store)).toEqual(JSON.parse(JSON.stringify(answers(plain.store))));
      }),
      { numRuns: 300 },
    );
  });

  it('are the same as plain ones, and as if there had been no pause, when a list is taken in by parts and things happen in between', async () => {
    // What is gone is in no list.
    const there = record.filter(({ metadata }) => metadata.finalizers?.length !== 0);
    const listed = fc.uniqueArray(there, { maxLength: 8, selector: ({ metadata }) => keyString(metadata) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 10 }),
        listed,
        fc.array(meanwhile, { maxLength: 8 }),
        fc.constantFrom(2, 6),
        async (before, objects, between, lookMs) => {
          const clocks = [new RestlessClock(lookMs), new RestlessClock(lookMs)] as const;
          const plain = storeOf(new PlainEntries(projectionFiling), clocks[0]).store;
          const packed = storeOf(new PackedEntries(projectionFiling), clocks[1]).store;
          const atOnce = storeOf(new PlainEntries(projectionFiling)).store;
          for (const each of before) await each(atOnce);
          for (const [store, clock] of [[plain, clocks[0]] as const, [packed, clocks[1]] as const]) {
            for (const each of before) await passed(clock, each(store));
            await takeInByParts(store, clock, { objects, between });
          }
          await takeInByParts(atOnce, new VirtualClock(), { objects, between });
          expect(answers(plain)).toEqual(answers(atOnce));
          expect(answers(packed)).toEqual(JSON.parse(JSON.stringify(answers(atOnce))));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keep every one of many that change and go, and give the room of the others back', () => {
    const entries = new PackedEntries(projectionFiling);
    const { store } = storeOf(entries);
    const made = (index: number, version: number): UserProjection =>
      recordWith({
        spec: {
          source: { tenantId: 'hub', objectId: `person ${index}` },
          attributes: { displayName: `${version} of ${index} `.repeat((index + version) % 40) },
        },
        metadata: {
          name: `staff-${index}`,
          namespace: 'identity',
          uid: `uid-${index}`,
          resourceVersion: String(version),
          finalizers: ['f'],
        },
      });
    for (let version = 1; version <= 12; version += 1) for (let index = 0; index < 2500; index += 1) store.applyEvent(made(index, version));
    for (let index = 0; index < 2500; index += 2) store.applyDeleted(made(index, 20), everything);
    expect(store.size).toBe(1250);
    for (let index = 1; index < 2500; index += 2) {
      const object = store.byIndex('person', personKey(made(index, 12).spec));
      expect(object.map(({ spec }) => spec.attributes)).toEqual([made(index, 12).spec.attributes]);
    }
    expect(entries.bytes).toBeLessThan(2.5 * 2 ** 20);
  });

  it.each([1, 3])('hold no more for many who come, change and go, %d at a time, while others stay', (width) => {
    const entries = new PackedEntries(projectionFiling);
    const { store } = storeOf(entries);
    const made = (index: number, version: number): UserProjection =>
      recordWith({
        spec: { source: { tenantId: 'hub', objectId: `person ${index}` }, attributes: { displayName: 'x'.repeat(400) } },
        metadata: { name: `staff-${index}`, namespace: 'identity', uid: `uid-${index}`, resourceVersion: String(version) },
      });
    for (let index = 0; index < 12_000; index += width) {
      const people = Array.from({ length: width }, (_, place) => index + place);
      for (const version of [1, 2, 3]) for (const person of people) store.applyEvent(made(person, version));
      // One in a thousand stays.
      for (const person of people) if (person % 1000 !== 0) store.applyDeleted(made(person, 4), everything);
    }
    expect(store.size).toBe(12);
    expect(entries.bytes).toBeLessThan(2 ** 20);
  });

  it('give nobody the record of another, who took the place of one that is gone', () => {
    const { store } = storeOf(new PackedEntries(projectionFiling));
    const made = (name: string, version: number): UserProjection =>
      recordWith({
        spec: { source: { tenantId: 'hub', objectId: name } },
        metadata: { name, namespace: 'identity', uid: `uid-${name}`, resourceVersion: String(version) },
      });
    store.applyEvent(made('former', 1));
    const [subject] = [...store.subjects(groupOf('identity/staff', 'All'))];
    store.applyDeleted(made('former', 2), everything);
    store.applyEvent(made('other', 3));
    expect(subject?.key).toBe('identity/former');
    expect(subject?.read()).toBeUndefined();
  });
});
