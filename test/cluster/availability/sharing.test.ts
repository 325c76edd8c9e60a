import { leaseTiming } from '../../../src/kube/lease.ts';
import { shardOfTenant } from '../../../src/kube/shards.ts';
import { Site } from './site.ts';

const shards = 8;

/** How many shards each replica holds, fewest first. */
async function loads(site: Site): Promise<readonly number[]> {
  const holders = Object.values(await site.holders());
  return site.replicas.map(({ name }) => holders.filter((holder) => holder === name).length).sort((a, b) => a - b);
}

let site: Site;
beforeAll(() => {
  site = new Site({ spokes: 6, shards });
});
afterAll(() => site.close());

const evenMs = leaseTiming.unevenMs * 3 + leaseTiming.handoverMs * 3;

it('G6 eight shards are spread over the replicas, a replica that is added gets its share, and one that goes leaves its own', async () => {
  await site.open();
  const people = site.hire(3, 'person');
  await site.start();
  await site.start();
  const held = async (): Promise<number> => (await loads(site)).reduce((sum, load) => sum + load, 0);
  await site.until('all shards held', async () => (await held()) === shards, 30_000);
  await site.until('an even spread', async () => String(await loads(site)) === '4,4', evenMs);
  await site.start();
  await site.until('a share for the new one', async () => String(await loads(site)) === '2,3,3', evenMs);
  const everywhere = (): boolean => site.spokes.every((spoke) => people.every((person) => site.accounts(spoke, person) === 1));
  await site.until('everybody everywhere', everywhere, 120_000);
  // Tenants of several shards, so that several replicas have done this.
  expect(new Set(site.spokes.map(({ tenantId }) => shardOfTenant(tenantId, shards))).size).toBeGreaterThan(1);
  await site.replicas[0]?.stop();
  const rest = async (): Promise<readonly number[]> => (await loads(site)).slice(1);
  await site.until('the others to have all', async () => (await rest()).reduce((sum, load) => sum + load, 0) === shards, 10_000);
  site.hire(1, 'late');
  await site.requestCycles();
  await site.until(
    'the late one everywhere',
    () => site.spokes.every((spoke) => spoke.usersByAddress('late0@contoso.com').length === 1),
    120_000,
  );
  expect(site.invitedTwice()).toEqual([]);
}, 900_000);
