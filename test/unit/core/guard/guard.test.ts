import { guardVerdict, type GuardInput } from '../../../../src/core/guard/guard.ts';

const quiet: GuardInput = {
  proposed: 0,
  recent: 0,
  staged: 0,
  live: 100,
  emptied: false,
  stagingBegun: false,
  threshold: 500,
  percent: 20,
  minimum: 10,
};

describe('guardVerdict', () => {
  it.each<[string, Partial<GuardInput>, 'Passed' | 'Staged']>([
    ['nothing proposed', {}, 'Passed'],
    ['one of many', { proposed: 1 }, 'Passed'],
    ['just below the share', { proposed: 19 }, 'Passed'],
    ['just below the share of many', { proposed: 199, live: 1000 }, 'Passed'],
    ['exactly the share of many', { proposed: 200, live: 1000 }, 'Staged'],
    ['exactly the share', { proposed: 20 }, 'Staged'],
    ['exactly the share where it is no whole number', { proposed: 3, live: 15 }, 'Staged'],
    ['just below a share that is no whole number', { proposed: 2, live: 11 }, 'Passed'],
    ['just above a share that is no whole number', { proposed: 3, live: 11 }, 'Staged'],
    ['the share below the minimum of accounts', { proposed: 8, live: 9 }, 'Passed'],
    ['the share at the minimum of accounts', { proposed: 2, live: 10 }, 'Staged'],
    ['just below the threshold', { proposed: 499, live: 100_000 }, 'Passed'],
    ['exactly the threshold', { proposed: 500, live: 100_000 }, 'Staged'],
    ['the threshold below the minimum of accounts', { proposed: 3, live: 5, threshold: 3 }, 'Staged'],
    ['recent ones count towards the share', { proposed: 1, recent: 19 }, 'Staged'],
    ['recent ones count towards the threshold', { proposed: 1, recent: 2, threshold: 3, percent: 100 }, 'Staged'],
    ['recent ones alone are settled', { recent: 50 }, 'Passed'],
    ['staged ones draw new ones in', { proposed: 1, staged: 1 }, 'Staged'],
    ['staged ones alone stay as they are', { staged: 30 }, 'Passed'],
    ['an emptied scope', { proposed: 1, emptied: true }, 'Staged'],
    ['an emptied scope with nobody to remove', { emptied: true }, 'Passed'],
    ['what an interrupted cycle had begun to stage', { proposed: 1, stagingBegun: true }, 'Staged'],
    ['100 percent lets everything pass but everybody', { proposed: 99, percent: 100 }, 'Passed'],
    ['100 percent of everybody', { proposed: 100, percent: 100 }, 'Staged'],
    ['one account of which nobody knew', { proposed: 1, live: 0 }, 'Passed'],
    ['many accounts of which nobody knew when the cycle began', { proposed: 20, live: 5 }, 'Staged'],
    ['fewer of those than there must be for a share', { proposed: 9, live: 5 }, 'Passed'],
  ])('%s', (_, input, result) => {
    expect(guardVerdict({ ...quiet, ...input }).result).toBe(result);
  });

  it.each<[string, Partial<GuardInput>, 'Passed' | 'Staged']>([
    ['one of many', { proposed: 1 }, 'Passed'],
    ['the share of those who are left', { proposed: 20 }, 'Staged'],
    ['just below the share of those who are left', { proposed: 19 }, 'Passed'],
    ['everybody, where nobody is left', { proposed: 50, live: 0 }, 'Staged'],
    ['more than are left', { proposed: 12, live: 11 }, 'Staged'],
    ['nearly all of them, one after the other', { proposed: 1, recent: 9, live: 0 }, 'Staged'],
    ['fewer than there must be for a share', { proposed: 9, live: 0 }, 'Passed'],
    ['the only one, by its share', { proposed: 1, live: 0, minimum: 1, percent: 100 }, 'Staged'],
    ['the only one, where a share needs more', { proposed: 1, live: 0 }, 'Passed'],
    ['the only one, by the threshold', { proposed: 1, live: 0, threshold: 1 }, 'Staged'],
  ])('A12 of purges: %s', (_, input, result) => {
    expect(guardVerdict({ ...quiet, ...input }).result).toBe(result);
  });

  it('counts what is proposed, recent and staged, and rounds the share up', () => {
    expect(guardVerdict({ ...quiet, proposed: 1, recent: 2, staged: 3, live: 70 })).toEqual({ result: 'Staged', count: 6, percent: 9 });
    expect(guardVerdict({ ...quiet, proposed: 500, live: 1000 }).percent).toBe(50);
    expect(guardVerdict({ ...quiet, proposed: 2, live: 1 }).percent).toBe(100);
    expect(guardVerdict({ ...quiet, live: 0 })).toEqual({ result: 'Passed', count: 0, percent: 0 });
    expect(guardVerdict({ ...quiet, live: 0, proposed: 1 }).percent).toBe(100);
  });
});
