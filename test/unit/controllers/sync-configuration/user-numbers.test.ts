import fc from 'fast-check';
import type { UserProjection } from '../../../../src/api/kinds.ts';
import { countUsers } from '../../../../src/controllers/sync-configuration/status.ts';
import { recordWith, sourceTenantId } from '../../core/support.ts';
import { Site } from '../support.ts';

const states = [
  'Pending',
  'Planned',
  'Provisioned',
  'Blocked',
  'Skipped',
  'Staged',
  'SoftDeleted',
  'Purged',
  'Retained',
  'Conflict',
  'Failed',
] as const;
const lifecycles = ['Present', 'RemovalStaged', 'Removed'] as const;

const record = (lifecycle: (typeof lifecycles)[number], state: (typeof states)[number], index: number): UserProjection =>
  recordWith({
    spec: { source: { tenantId: sourceTenantId, objectId: `u${index}` }, lifecycle },
    status: { state },
    metadata: { name: `staff-u${index}`, uid: `u${index}` },
  });

describe('F1 the numbers of status.users', () => {
  it('add up to those in scope, whatever state anybody is in', () => {
    const people = fc.array(fc.tuple(fc.constantFrom(...lifecycles), fc.constantFrom(...states)), { maxLength: 40 });
    fc.assert(
      fc.property(people, (all) => {
        const site = new Site({ records: all.map(([lifecycle, state], index) => record(lifecycle, state, index)) });
        const { inScope, synced, pending, failed, conflict, skipped, staged } = countUsers({
          deps: site.deps,
          configurationKey: 'identity/staff',
        });
        expect(synced + pending + failed + conflict + skipped + staged).toBe(inScope);
        expect(inScope).toBe(all.filter(([lifecycle]) => lifecycle === 'Present').length);
        expect(pending).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('count who leaves beside those in scope, until nothing is left to do about them', () => {
    const all = states.map((state, index) => record('Removed', state, index));
    expect(countUsers({ deps: new Site({ records: all }).deps, configurationKey: 'identity/staff' })).toMatchObject({
      inScope: 0,
      failed: 0,
      conflict: 0,
      leaving: ['Pending', 'Provisioned', 'Blocked', 'Staged', 'Conflict', 'Failed'].length,
      softDeleted: 1,
      retained: 1,
      blocked: 1,
    });
  });
});
