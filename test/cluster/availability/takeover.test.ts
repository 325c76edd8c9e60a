import { leaseTiming } from '../../../src/kube/lease.ts';
import type { Replica } from './replica.ts';
import { Site } from './site.ts';

const takeoverMs = leaseTiming.durationMs + 5_000;
const shard = 'tenantsync-shard-0';

/** Two replicas, people on their way into the target, and then something happens to the one that holds the lease. */
async function scene(site: Site): Promise<{ holder: Replica; other: Replica }> {
  await site.open();
  site.hire(5, 'before');
  const [first, second] = [await site.start(), await site.start()];
  await site.until('a holder', async () => ((await site.holders())[shard] ?? '') !== '', 30_000);
  const holder = (await site.holders())[shard] === first.name ? first : second;
  const [spoke] = site.spokes;
  await site.until('the first people', () => spoke?.users().some(({ invitedAddress }) => invitedAddress !== undefined) === true, 60_000);
  site.hire(40, 'during');
  await site.requestCycles();
  await site.until('work under way', () => invited(site) > 10, 60_000);
  return { holder, other: holder === first ? second : first };
}

const invited = (site: Site): number =>
  site.spokes.reduce((sum, spoke) => sum + spoke.users().filter(({ invitedAddress }) => invitedAddress !== undefined).length, 0);

async function everybodyOnce(site: Site): Promise<void> {
  site.hire(5, 'after');
  await site.requestCycles();
  await site.until('everybody in the target', () => invited(site) >= 50, 240_000);
  expect(invited(site)).toBe(50);
  expect(site.invitedTwice()).toEqual([]);
}

describe.each<[string, (holder: Replica) => void, (holder: Replica) => void]>([
  ['is killed', (holder) => holder.kill(), () => undefined],
  ['is frozen beyond its lease', (holder) => holder.pause(), (holder) => holder.resume()],
  ['loses the API server and not the tenants', (holder) => holder.cut(), (holder) => holder.mend()],
])('G6 when the holder %s', (_, strike, heal) => {
  let site: Site;
  beforeAll(() => {
    site = new Site({ spokes: 1, shards: 1 });
  });
  afterAll(() => site.close());

  it('another takes over within the lease duration and five seconds, and nobody is invited twice', async () => {
    const { holder, other } = await scene(site);
    strike(holder);
    const took = await site.until('the takeover', async () => (await site.holders())[shard] === other.name, takeoverMs + 10_000);
    expect(took).toBeLessThan(takeoverMs);
    await site.until('work by the other', () => other.log.includes('"shard":0'), 10_000);
    const before = invited(site);
    heal(holder);
    await everybodyOnce(site);
    expect(before).toBeLessThanOrEqual(50);
    expect((await site.holders())[shard]).toBe(other.name);
  }, 400_000);
});
