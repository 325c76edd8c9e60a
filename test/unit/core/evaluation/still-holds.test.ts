import type { Reading } from '../../../../src/core/evaluation/evaluate-user.ts';
import { stillHolds, type RestingAct } from '../../../../src/core/evaluation/still-holds.ts';
import type { DesiredContent, Standing } from '../../../../src/core/projection/standing.ts';
import { specOf } from '../../../../src/core/projection/standing.ts';
import { sourceObjectId, sourceTenantId } from '../support.ts';

const content = (accountEnabled: boolean, jobTitle = 'Clerk'): DesiredContent => ({
  syncConfigurationRef: { name: 'staff' },
  source: { tenantId: sourceTenantId, objectId: sourceObjectId },
  target: { tenantId: '33333333-3333-4333-8333-333333333333' },
  mode: 'Apply',
  attributes: { jobTitle, accountEnabled },
});
const read = (accountEnabled: boolean, jobTitle?: string): Reading => ({
  type: 'Present',
  desired: { ...content(accountEnabled, jobTitle), ...(accountEnabled ? {} : { sourceDisabled: true }) },
  signIn: 'Decided',
});
const gone: Reading = { type: 'Gone' };
const left: Reading = { type: 'Leaving', reason: 'Unassigned', skipped: 'NotInScope' };
const filtered: Reading = { type: 'Leaving', reason: 'FilteredOut', skipped: 'FilteredOut' };
const unclear: Reading = { type: 'Unclear', reason: 'AmbiguousIdentity' };
const ignored: Reading = { type: 'Ignored' };
const removed = (reason: 'Unassigned' | 'Deleted' | 'FilteredOut'): Standing => ({
  type: 'Removed',
  removal: { reason, action: 'SoftDelete' },
  verdict: { type: 'None' },
});
const wanted: Standing = { type: 'Present', verdict: { type: 'None' } };

describe('I11 whether a decision still holds by a new reading', () => {
  it.each<[string, Standing, boolean, RestingAct, Reading, boolean]>([
    ['a removal of who is gone', removed('Deleted'), true, 'Delete', gone, true],
    ['a removal of who was gone and is back', removed('Deleted'), true, 'Delete', read(true), false],
    ['a removal of who was gone and is only unassigned', removed('Deleted'), true, 'Delete', left, false],
    ['a removal of who is unassigned', removed('Unassigned'), true, 'Delete', left, true],
    ['a removal of who was unassigned and is back', removed('Unassigned'), true, 'Delete', read(true), false],
    ['a removal of who was unassigned and is now deleted', removed('Unassigned'), true, 'Delete', gone, false],
    ['a purge of who is gone', removed('Deleted'), true, 'Purge', gone, true],
    ['a purge of who is back, and only unassigned', removed('Deleted'), true, 'Purge', left, false],
    ['a purge of who is back', removed('Deleted'), true, 'Purge', read(true), false],
    ['a removal of who fails the filter', removed('FilteredOut'), true, 'Delete', filtered, true],
    ['a removal of whom nothing can be told', removed('FilteredOut'), true, 'Delete', unclear, false],
    ['a removal of who is to be left alone', removed('Unassigned'), true, 'Delete', ignored, false],
    ['a removal of who was never to be removed, and is disabled', wanted, false, 'Delete', read(false), false],
    ['a block in place of a removal', removed('Unassigned'), true, 'Block', left, true],
    ['a block of who is blocked', wanted, false, 'Block', read(false), true],
    ['a block of who may sign in again', wanted, false, 'Block', read(true), false],
    ['a block of who has left', wanted, false, 'Block', left, false],
    ['an invitation of who is wanted', wanted, true, 'Create', read(true), true],
    ['an invitation of who is blocked by now', wanted, true, 'Create', read(false), false],
    ['an invitation of who has another title', wanted, true, 'Create', read(true, 'Chief'), false],
    ['an invitation of who has left', wanted, true, 'Create', left, false],
    ['an invitation of who is gone', wanted, true, 'Create', gone, false],
    ['a restore of who is wanted', wanted, true, 'Restore', read(true), true],
    ['a restore of who has left', wanted, true, 'Restore', filtered, false],
  ])('%s', (_, standing, enabled, act, reading, expected) => {
    expect(stillHolds(specOf(content(enabled), standing), act, reading)).toBe(expected);
  });
});
