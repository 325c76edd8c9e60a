import { GroupMemory } from '../../../../src/controllers/shared/group-memory.ts';
import type { MemberReading } from '../../../../src/controllers/shared/member-readings.ts';

const key = 'identity/staff-group-g';
let memory: GroupMemory;
beforeEach(() => {
  memory = new GroupMemory();
});

describe('G3 what the process keeps about groups', () => {
  it('G3 forgets a write after which reads must show it', () => {
    memory.wrote(key, ['a1'], true, 10);
    memory.wrote(key, ['a2'], false, 20);
    expect([...memory.writtenSince(key, 10)]).toEqual([
      ['a1', true],
      ['a2', false],
    ]);
    expect([...memory.writtenSince(key, 11)]).toEqual([['a2', false]]);
    expect([...memory.writtenSince('other', 0)]).toEqual([]);
  });

  it('G3 keeps what was written since a reading began that still goes on', () => {
    const reading = (begunAt: number): MemberReading =>
      ({ begunAt, ids: new Set(), endedAt: undefined }) as Partial<MemberReading> as MemberReading;
    memory.readings.begin(key, 'Target', reading(10));
    memory.wrote(key, ['a1'], false, 11);
    expect([...memory.writtenSince(key, 600)]).toEqual([]);
    expect([...memory.writtenSince(key, 10)]).toEqual([['a1', false]]);
    memory.readings.end(key);
    expect([...memory.writtenSince(key, 600)]).toEqual([]);
    expect([...memory.writtenSince(key, 10)]).toEqual([]);
  });

  it('G3 keeps the last write of a member', () => {
    memory.wrote(key, ['a1'], true, 10);
    memory.wrote(key, ['a1'], false, 11);
    expect([...memory.writtenSince(key, 0)]).toEqual([['a1', false]]);
  });

  it('G3 knows the groups of a person as they were read last', () => {
    memory.learnSource(key, new Set(['p1', 'p2']));
    memory.learnSource('other', new Set(['p1']));
    expect([...memory.groupsOf('p1')]).toEqual([key, 'other']);
    memory.learnSource(key, new Set(['p2']));
    expect([...memory.groupsOf('p1')]).toEqual(['other']);
    expect([...memory.groupsOf('p2')]).toEqual([key]);
    expect([...memory.groupsOf('p3')]).toEqual([]);
  });

  it('G3 keeps the one more look that is still ahead when a look has come to its end', () => {
    memory.requestLook(key);
    memory.lookAgainAt(key, 100);
    memory.looking(key, 99);
    expect(memory.isLookRequested(key)).toBe(false);
    expect(memory.againInMs(key, 99)).toBe(1);
    expect(memory.againInMs(key, 150)).toBe(0);
    memory.looking(key, 100);
    expect(memory.againInMs(key, 100)).toBeUndefined();
  });

  it('G3 knows what is being made between two tenants', () => {
    memory.creating(key, 'one');
    memory.creating('other', 'two');
    expect(memory.creatingIn('one')).toEqual([key]);
    memory.created(key);
    expect(memory.creatingIn('one')).toEqual([]);
  });

  it('G3 keeps nothing of a record that is gone', () => {
    memory.requestLook(key);
    memory.lookAgainAt(key, 100);
    memory.learnSource(key, new Set(['p1']));
    memory.wrote(key, ['a1'], true, 10);
    memory.letPass(key, ['a1']);
    memory.creating(key, 'one');
    memory.gone(key);
    expect(memory.isLookRequested(key)).toBe(false);
    expect(memory.againInMs(key, 0)).toBeUndefined();
    expect([...memory.groupsOf('p1')]).toEqual([]);
    expect([...memory.writtenSince(key, 0)]).toEqual([]);
    expect([...memory.passedOf(key)]).toEqual([]);
    expect(memory.creatingIn('one')).toEqual([]);
  });
});
