import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { Fault, RequestRecord } from '@tenantsync/sandbox/kubernetes';
import { hire, provisioned, staff, untilState } from '../support/people.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const second = 1000;
const minute = 60 * second;
const ours = /tenantsync\.dev/;

let world: World;
afterEach(() => world.end());

const isWatch = (plural: string) => (request: RequestRecord) => request.watch && request.path.endsWith(`/${plural}`);
const isList = (plural: string) => (request: RequestRecord) =>
  request.method === 'GET' && !request.watch && request.path.endsWith(`/${plural}`);
const title = (user: SandboxUser): unknown => world.account(user.id)?.properties.jobTitle;

/** How many requests have shown the fault: its status, no answer, or watches beyond the first three, which are opened anew. */
function hits({ effect }: Fault): number {
  const { requests } = world.kube;
  if (typeof effect === 'object') return requests.filter(({ status }) => status === effect.status).length;
  if (effect === 'dropBefore' || effect === 'dropAfter') return requests.filter(({ status }) => status === undefined).length;
  return requests.filter(({ watch }) => watch).length - 3;
}

/** Asks for a cycle without waiting for it. */
const askForCycle = (token: string): void => world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': token });

describe('A proxy between the operator and the API server', () => {
  const faults: Readonly<Record<string, Fault>> = {
    'drops every watch after two events': { effect: 'dropWatch', afterEvents: 2, times: 200 },
    'ends every watch cleanly, without the third event': { effect: 'halfClose', afterEvents: 2, times: 200 },
    'stalls every watch after two events': { effect: 'stallWatch', afterEvents: 2, times: 200 },
    'answers every third request with 429 and Retry-After': { effect: { status: 429, retryAfterSeconds: 3 }, probability: 0.33 },
    'answers every third request with 500': { effect: { status: 500 }, probability: 0.33 },
    'answers every third request with 503': { effect: { status: 503 }, probability: 0.33 },
    'answers every second write with 409': { effect: { status: 409 }, probability: 0.5, match: { method: 'PATCH', path: ours } },
    'answers every second list and watch with 410': { effect: { status: 410 }, probability: 0.5, match: { method: 'GET', path: ours } },
    'loses every fifth request': { effect: 'dropBefore', probability: 0.2 },
    'loses the answer to every fifth request': { effect: 'dropAfter', probability: 0.2 },
  };

  it.each(Object.entries(faults))('I1 I4 I7 everybody comes to where they belong although it %s', async (_, fault) => {
    world = new World({ settings: unfriendly });
    const people = staff(world, 6);
    await provisioned(world, people);
    const [ana, ben] = people;
    if (!ana || !ben) throw new Error('nobody');
    world.kube.faults.add(fault);
    world.kube.clearRequests();
    world.kube.dropWatches();
    const eva = hire(world, 'eva');
    world.hub.updateUser(ana.id, { jobTitle: 'Architect' });
    world.hub.softDelete(ben.id);
    await world.run(15 * second);
    askForCycle('in the middle of it');
    await world.run(20 * minute);
    expect(hits(fault)).toBeGreaterThan(0);
    world.kube.faults.clear();
    await untilState(world, eva, 'Provisioned');
    await untilState(world, ben, 'SoftDeleted');
    await world.until('the change', () => title(ana) === 'Architect');
    expect(world.spoke.log.count('POST /invitations')).toBe(1);
    expect(world.spoke.users()).toHaveLength(6);
    await world.run(30 * minute);
    expect(world.kube.openWatches).toBe(4);
    world.spoke.log.reset();
    await world.sync();
    await world.run(minute);
    expect(world.spoke.log.writes()).toEqual([]);
  });
});

describe('A watch of the real API server that breaks', () => {
  it('goes on where it was, without a list', async () => {
    world = new World();
    await provisioned(world, staff(world));
    world.kube.clearRequests();
    world.kube.dropWatches();
    await world.run(minute);
    expect(world.kube.requests.filter(isWatch('userprojections'))).toHaveLength(1);
    expect(world.kube.requests.filter(isList('userprojections'))).toEqual([]);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'heard' });
    await world.until('the echo', () => world.configuration().status.lastHandledReconcileAt === 'heard', minute);
  });

  it('is taken up by a list after a compaction, and what was deleted meanwhile is noticed', async () => {
    world = new World();
    const people = staff(world);
    await provisioned(world, people);
    const { name = '', uid } = world.projection(people[0]?.id ?? '')?.metadata ?? {};
    world.kube.faults.add({ effect: { status: 503 }, times: 5, match: { path: ours, watch: true } });
    world.kube.dropWatches();
    world.kube.clearRequests();
    world.kube.patch({ kind: 'UserProjection', name, namespace }, { metadata: { finalizers: null } });
    world.kube.delete({ kind: 'UserProjection', name, namespace });
    world.kube.compact();
    await world.run(2 * minute);
    expect(world.kube.requests.filter(isList('userprojections')).length).toBeGreaterThan(0);
    await world.sync();
    const again = (): boolean => world.projections().some(({ metadata }) => metadata.name === name && metadata.uid !== uid);
    await world.until('its record', again, 10 * minute);
    await world.run(15 * minute);
    expect(world.spoke.log.count('POST /invitations')).toBe(0);
    expect(world.spoke.users()).toHaveLength(people.length);
  });

  it('waits as long as a 429 says, and asks for no list', async () => {
    world = new World();
    await provisioned(world, staff(world));
    world.kube.faults.add({ effect: { status: 429, retryAfterSeconds: 40 }, match: { path: /userprojections$/, watch: true } });
    world.kube.clearRequests();
    const started = world.clock.now();
    world.kube.dropWatches();
    await world.run(3 * minute);
    const [refused, next] = world.kube.requests.filter(isWatch('userprojections'));
    expect(refused?.status).toBe(429);
    expect(Number(next?.at) - started).toBeGreaterThanOrEqual(40 * second);
    expect(world.kube.requests.filter(isList('userprojections'))).toEqual([]);
    expect(world.kube.openWatches).toBe(4);
  });

  it('is given up when it says nothing for longer than it should, and a change that it kept back is seen then', async () => {
    world = new World();
    await provisioned(world, staff(world));
    world.kube.faults.add({ effect: 'stallWatch', match: { path: /syncconfigurations$/, watch: true } });
    world.kube.dropWatches();
    await world.run(second);
    world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/requested-at': 'unheard' });
    expect(world.configuration().status.lastHandledReconcileAt).not.toBe('unheard');
    await world.until('the echo', () => world.configuration().status.lastHandledReconcileAt === 'unheard', 11 * minute);
  });
});

describe('An API server that cannot be reached', () => {
  it('I5 stops the writes to the tenants within the renew deadline; they go on when it is back, and nobody is invited twice', async () => {
    world = new World();
    const people = staff(world);
    await provisioned(world, people);
    const started = world.entra.now();
    const end = world.kube.faults.add({ effect: 'dropBefore', times: 1_000_000 });
    world.kube.dropWatches();
    const late = Array.from({ length: 5 }, (_, index) => hire(world, `late${index}`));
    for (const person of people) world.hub.updateUser(person.id, { jobTitle: 'Architect' });
    await world.run(15 * minute);
    const writes = world.spoke.log.writes().filter(({ at }) => at > started + 10 * second);
    expect(writes).toEqual([]);
    end();
    for (const person of late) await untilState(world, person, 'Provisioned');
    await world.until('the changes', () => people.every((person) => title(person) === 'Architect'));
    expect(world.spoke.log.count('POST /invitations')).toBe(late.length);
  });
});
