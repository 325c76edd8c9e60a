import { condition, guests, hire, replicated } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const permission = 'LicenseAssignment.Read.All';
const skus = 'GET /subscribedSkus';

describe('B12 licences', () => {
  let world: World;
  afterEach(() => world.end());

  const warned = (): readonly string[] =>
    (world.pair().status.access?.warnings ?? []).filter(({ reason }) => reason === 'LicenceMissing').map(({ message }) => message);
  const company = async (count: number): Promise<void> => {
    world = new World({ settings: unfriendly });
    hire(world, count);
    await replicated(world);
  };

  it('B12 that are too few are warned of with the numbers, on either side, and hold nobody back', async () => {
    await company(12);
    world.hubApp.grant(permission);
    world.spokeApp.grant('Directory.Read.All');
    world.hub.setSubscriptions([
      { enabled: 8, warning: 2, consumed: 9 },
      { enabled: 50, capabilityStatus: 'Suspended' },
    ]);
    await world.begin();
    await world.until('everybody is there', () => guests(world).length === 12);
    await world.until('it is said', () => warned().some((text) => text.includes('12 live account(s)')), 10 * minute);
    expect(warned()).toEqual([
      expect.stringContaining('The source has 10 licence(s) with Entra ID P1 or P2 (9 assigned), and the pair has 12 live account(s)'),
      expect.stringContaining('The target has 0 licences'),
    ]);
    expect(condition(world.pair())?.status).toBe('True');
    world.hub.setSubscriptions([{ enabled: 12 }]);
    world.spoke.setSubscriptions([{ enabled: 1 }]);
    await world.until('nothing is said', () => warned().length === 0, 70 * minute);
  });

  it('B12 that may not be read, or cannot be, are not judged, and the pair works', async () => {
    await company(3);
    await world.begin();
    await world.until('everybody is there', () => guests(world).length === 3);
    await world.run(10 * minute);
    expect([warned(), world.hub.log.count(skus), world.spoke.log.count(skus)]).toEqual([[], 0, 0]);
    world.hubApp.grant(permission);
    world.spokeApp.grant(permission);
    world.entra.faults.add({ effect: 'status', status: 503, times: Infinity, match: { operation: skus, tenant: world.hub.tenantId } });
    world.entra.faults.add({
      effect: 'throttle',
      retryAfter: null,
      times: Infinity,
      match: { operation: skus, tenant: world.spoke.tenantId },
    });
    await world.run(3 * hour);
    expect(warned()).toEqual([]);
    expect(condition(world.pair())?.status).toBe('True');
  });

  it('B12 I7 are read once an hour, however often the pair is checked', async () => {
    await company(1);
    world.hubApp.grant(permission);
    world.hub.setSubscriptions([{ enabled: 100 }]);
    await world.begin();
    await world.run(10 * minute);
    world.hub.log.reset();
    await world.run(6 * hour);
    expect(world.hub.log.count(skus)).toBeLessThanOrEqual(6);
    expect(world.hub.log.count(skus)).toBeGreaterThanOrEqual(5);
  });
});
