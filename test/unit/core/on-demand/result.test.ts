import { resultOf, type Ending } from '../../../../src/core/on-demand/result.ts';

describe('E4 what was done for a named user', () => {
  it.each<[string, Omit<Ending, 'reason'>]>([
    ['Created', { state: 'Provisioned', action: 'create', wrote: true }],
    ['Created', { state: 'Blocked', action: 'create', wrote: true }],
    ['Restored', { state: 'Provisioned', action: 'restore', wrote: true }],
    ['Updated', { state: 'Provisioned', action: 'update', wrote: true }],
    ['Unchanged', { state: 'Provisioned', action: 'update', wrote: false }],
    ['Unchanged', { state: 'Blocked', action: 'update', wrote: false }],
    ['Disabled', { state: 'Blocked', action: 'disable', wrote: true }],
    ['Updated', { state: 'Provisioned', action: 'disable', wrote: true }],
    ['Deleted', { state: 'SoftDeleted', action: 'delete', wrote: true }],
    ['Skipped', { state: 'SoftDeleted', action: 'other', wrote: false }],
    ['Skipped', { state: 'Skipped', action: 'other', wrote: false }],
    ['Skipped', { state: 'Retained', action: 'other', wrote: false }],
    ['Skipped', { state: 'Planned', action: 'create', wrote: false }],
    ['Skipped', { state: 'Staged', action: 'other', wrote: false }],
    ['Updated', { state: 'Staged', action: 'update', wrote: true }],
    ['Failed', { state: 'Failed', action: 'create', wrote: false }],
    ['Failed', { state: 'Conflict', action: 'other', wrote: false }],
  ])('%s: %j', (result, ending) => {
    expect(resultOf({ ...ending, reason: 'UserUpdated' })).toBe(result);
  });
});
