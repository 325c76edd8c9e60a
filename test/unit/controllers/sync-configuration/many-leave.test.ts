import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import type { CycleRun } from '../../../../src/controllers/sync-configuration/cycle-run.ts';
import { Packed } from '../../../../src/controllers/sync-configuration/packed.ts';
import { namesIn } from '../../../../src/controllers/sync-configuration/projections.ts';
import { projectReading } from '../../../../src/controllers/sync-configuration/project.ts';
import { projectionOf } from '../../../../src/controllers/sync-configuration/records.ts';
import { confirmRemovals } from '../../../../src/controllers/sync-configuration/remove/removals.ts';
import { cycleRun, finish } from '../../../support/cycle-run.ts';
import { sourceUser } from '../../../support/fake-source.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const count = 400;
const people = Array.from({ length: count }, (_, index) => `u${index}`);

interface Many {
  readonly run: CycleRun;
  /** How many records that the store has given out are still in somebody's hands. */
  readonly alive: () => Promise<number>;
}

/** People who have their accounts, whose records the store makes anew for whoever asks, as it does where they are packed. */
async function many(): Promise<Many> {
  const { run, records } = cycleRun({ source: { getUsers: () => Promise.resolve(new Map()) }, kind: 'Full' });
  for (const id of people) await projectReading(run, sourceUser(id, { accountEnabled: true }), undefined);
  for (const [id, record] of records) {
    const targetUser = { objectId: `account-${id}`, origin: 'Created', createdAt: '2026-01-01T00:00:00Z' };
    records.set(id, { ...record, status: { state: 'Provisioned', targetUser } } as UserProjection);
  }
  const given: WeakRef<UserProjection>[] = [];
  const anew = (record: UserProjection): UserProjection => {
    const copy = structuredClone(record);
    given.push(new WeakRef(copy));
    return copy;
  };
  const { lister } = run.deps.projections;
  Object.assign(lister, {
    get: ({ name }: { name: string }) => {
      const record = records.get(name.slice('staff-'.length));
      return record && anew(record);
    },
    *each() {
      for (const record of records.values()) yield anew(record);
    },
  });
  const alive = async (): Promise<number> => {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    return given.filter((ref) => ref.deref() !== undefined).length;
  };
  return { run, alive };
}

describe('I14 a cycle keeps names, not records, however many', () => {
  it('leave', async () => {
    const { run, alive } = await many();
    for (const id of people) run.findings.proposeRemoval(`staff-${id}`);
    const { result } = await finish(confirmRemovals(run));
    expect(result.map(({ sourceId, reason, live }) => [sourceId, reason, live])).toEqual(people.map((id) => [id, 'Deleted', true]));
    expect(await alive()).toBeLessThan(count / 20);
  });

  it('are to be blocked', async () => {
    const { run, alive } = await many();
    for (const id of people) await projectReading(run, sourceUser(id, { accountEnabled: false }), projectionOf(run, id));
    expect(run.findings.blocks.size).toBe(count);
    expect(run.findings.blocks.get('staff-u7')?.desired.read().attributes).toMatchObject({ accountEnabled: false });
    expect(await alive()).toBeLessThan(count / 20);
  });

  it('are named by a group', async () => {
    const { run, alive } = await many();
    const named = await namesIn(run, 'All');
    expect(named.map(({ sourceId }) => sourceId)).toEqual(people);
    expect(await alive()).toBeLessThan(count / 20);
  });
});

describe('a packed value', () => {
  it('is read as it was', () => {
    const value = { text: 'Zoë 😀', list: [1, null, true], deep: { empty: {} } };
    expect(new Packed(value).read()).toEqual(value);
  });
});
