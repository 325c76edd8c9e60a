import { licenceWarnings, p1Licences, type Subscription } from '../../../../src/core/preflight/licences.ts';
import { mayReadLicences } from '../../../../src/core/preflight/permissions.ts';

const p1 = '41781fb2-bc02-4b7c-bd55-b576c07bb09d';
const p2 = 'eec0eb4f-6444-4f95-aba0-50c24d67f998';
const sku = (more: Partial<Subscription> = {}): Subscription => ({
  capabilityStatus: 'Enabled',
  units: 10,
  assigned: 4,
  servicePlans: [p1],
  ...more,
});
const of = (source: readonly Subscription[] | undefined, target: readonly Subscription[] | undefined, accounts: number, sameCloud = true) =>
  licenceWarnings({ source, target, sameCloud }, accounts).map(({ message }) => message);

describe('B12 licences', () => {
  it.each<[string, Partial<Subscription>, number]>([
    ['P1', {}, 10],
    ['P2 alone', { servicePlans: [p2] }, 10],
    ['a bundle with both: once', { servicePlans: ['other', p1, p2] }, 10],
    ['in its grace period', { capabilityStatus: 'Warning' }, 10],
    ['something else', { servicePlans: ['other'] }, 0],
    ['suspended', { capabilityStatus: 'Suspended' }, 0],
    ['deleted', { capabilityStatus: 'Deleted' }, 0],
    ['locked out', { capabilityStatus: 'LockedOut' }, 0],
  ])('count a subscription that is %s', (_, more, units) => {
    expect(p1Licences([sku(more)]).units).toBe(units);
    expect(p1Licences([sku(more), sku({ units: 3, assigned: 1 })])).toEqual({ units: units + 3, assigned: units > 0 ? 5 : 1 });
  });

  it('are warned of with the numbers: one for each user in the source, one in the target', () => {
    expect(of([sku()], [sku()], 10)).toEqual([]);
    expect(of([sku()], [sku()], 11)).toEqual([
      expect.stringContaining('has 10 licence(s) with Entra ID P1 or P2 (4 assigned), and the pair has 11 live account(s)'),
    ]);
    expect(of([], [sku()], 0)).toEqual([expect.stringContaining('has 0 licence(s)')]);
    expect(of([sku()], [], 1)).toEqual([expect.stringContaining('The target has 0 licences')]);
    expect(of([], [], 5)).toHaveLength(2);
  });

  it('are nobody’s business where they could not be read, and none are needed for redemption across clouds', () => {
    expect(of(undefined, undefined, 1000)).toEqual([]);
    expect(of([sku()], [], 1, false)).toEqual([]);
  });

  it('may be read with any of their permissions', () => {
    expect(['LicenseAssignment.Read.All', 'Organization.Read.All', 'Directory.Read.All'].every((name) => mayReadLicences([name]))).toBe(
      true,
    );
    expect(mayReadLicences(['User.Read.All', 'Policy.Read.All'])).toBe(false);
  });
});
