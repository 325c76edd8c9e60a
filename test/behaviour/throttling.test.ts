import { condition, guests, hire, replicated } from '../support/scene.ts';
import { World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('I9 and I14: a directory that asks to wait', () => {
  let world: World;
  afterEach(() => world.end());

  /** Counts what reaches Graph or an authority from now on. */
  const counted = (): { requests: number } => {
    const count = { requests: 0 };
    world.entra.intercept({ before: () => void (count.requests += 1) });
    return count;
  };

  it('is asked some hundred times in half an hour, whatever it says, and all is done when it relents', async () => {
    world = new World();
    hire(world, 20);
    await replicated(world);
    const fault = world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 0,
      match: { tenant: world.spoke.tenantId, write: true },
      probability: 1,
    });
    const sent = counted();
    world.applyPair();
    world.applyConfiguration();
    await world.startOperator();
    await world.run(30 * minute);
    expect(fault.applied).toBeLessThan(60);
    expect(sent.requests).toBeLessThan(500);
    fault.remove();
    await world.until('everybody is there', () => guests(world).length === 20, 10 * minute);
  });

  it.each(['read', 'write'])('with a year for each %s is believed for an hour, and everybody sees until when', async (kind) => {
    world = new World();
    hire(world, 5);
    await replicated(world);
    await world.begin();
    const fault = world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 31_536_000,
      match: { tenant: world.spoke.tenantId, write: kind === 'write' },
      probability: 1,
    });
    hire(world, 5, 'later');
    await world.until('it refuses', () => fault.applied > 0, hour);
    const refusedAt = world.clock.now();
    await world.run(7 * minute);
    const warning = world.pair().status.access?.warnings?.find(({ reason }) => reason === 'Throttled');
    const until = new Date(refusedAt + hour).toISOString().slice(0, 17);
    expect(warning?.message).toContain(`refuses ${kind}s of the target for load since`);
    expect(warning?.message).toContain(`the next attempt is at ${until}`);
    expect(condition(world.pair())?.status).toBe('True');
    fault.remove();
    await world.until('everybody is there', () => guests(world).length === 10, 70 * minute);
    expect(world.clock.now() - refusedAt).toBeGreaterThanOrEqual(hour);
    await world.run(6 * minute);
    expect(world.pair().status.access?.warnings ?? []).toEqual([]);
  });

  it('is waited for from the very first check, with its time, also where it is the authority', async () => {
    world = new World();
    hire(world, 1);
    await replicated(world);
    const fault = world.entra.faults.add({
      effect: 'throttle',
      retryAfter: 31_536_000,
      match: { tenant: world.hub.tenantId },
      probability: 1,
    });
    world.applyPair();
    world.applyConfiguration();
    await world.startOperator();
    await world.run(2 * minute);
    expect(condition(world.pair())).toMatchObject({ status: 'Unknown', reason: 'Throttled' });
    expect(condition(world.pair())?.message).toMatch(/next attempt is at 2026-01-05T09:0\d/);
    fault.remove();
    await world.until('everybody is there', () => guests(world).length === 1, 65 * minute);
    expect(condition(world.pair())?.status).toBe('True');
  });

  it('and a clock that was 30 days ahead for an hour makes nobody wait for 30 days', async () => {
    world = new World();
    hire(world, 2);
    await replicated(world);
    await world.begin();
    world.clock.jumpWallClock(30 * 24 * hour);
    world.entra.faults.add({ effect: 'throttle', retryAfter: 600, match: { tenant: world.spoke.tenantId }, times: 2 });
    await world.run(hour);
    world.clock.jumpWallClock(-30 * 24 * hour);
    await world.run(5 * minute);
    const sent = counted();
    await world.run(6 * minute);
    expect(sent.requests).toBeGreaterThan(0);
    // Nor does a time ahead that counts as now have the target asked over and over.
    expect(sent.requests).toBeLessThan(60);
    expect(condition(world.pair())?.status).toBe('True');
  });

  it('and an invitation without an answer, begun under a clock that was 30 days ahead, is searched for now and then', async () => {
    world = new World();
    hire(world, 2);
    await replicated(world);
    await world.begin();
    world.clock.jumpWallClock(30 * 24 * hour);
    world.entra.faults.add({ effect: 'dropBefore', match: { operation: 'POST /invitations' } });
    hire(world, 1, 'zoe');
    await replicated(world);
    await world.sync();
    const intents = (): number => world.projections().filter(({ status }) => status.intent !== undefined).length;
    await world.until('the invitation is under way', () => intents() === 1);
    world.clock.jumpWallClock(-30 * 24 * hour);
    await world.run(minute);
    const sent = counted();
    await world.run(hour);
    expect(sent.requests).toBeGreaterThan(0);
    expect(sent.requests).toBeLessThan(600);
  });
});
