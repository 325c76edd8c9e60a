import type { Clock } from '../../../src/ports/clock.ts';
import { identityOf, leaseTiming } from '../../../src/kube/lease.ts';
import { KubeHttp } from '../../../src/kube/http.ts';
import { shardOfTenant, Shards } from '../../../src/kube/shards.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { failure, FakeServer, json, recordingLogger, RecordingMetrics, type LogLine, type SeenRequest } from './support.ts';

interface Lease {
  metadata: { name: string; resourceVersion: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  spec: {
    holderIdentity: string;
    leaseDurationSeconds: number;
    acquireTime: string;
    renewTime: string;
    leaseTransitions: number;
  };
}

/** An API server that knows Leases. */
class LeaseServer {
  readonly leases = new Map<string, Lease>();
  #version = 0;
  readonly server = new FakeServer((request) => this.#handle(request));

  #handle(request: SeenRequest): Response {
    const name = request.path.split('/')[7];
    const body = request.body as Lease;
    if (request.method === 'GET' && name === undefined) return json({ items: [...this.leases.values()] });
    if (request.method === 'POST') {
      if (this.leases.has(body.metadata.name)) return failure(409, 'AlreadyExists');
      return this.#store(body);
    }
    const known = this.leases.get(name ?? '');
    if (known === undefined) return failure(404, 'NotFound');
    if (request.method === 'GET') return json(known);
    return known.metadata.resourceVersion === body.metadata.resourceVersion ? this.#store(body) : failure(409, 'Conflict');
  }

  #store(body: Lease): Response {
    this.#version += 1;
    const stored = { ...body, metadata: { ...body.metadata, resourceVersion: String(this.#version) } };
    this.leases.set(body.metadata.name, stored);
    return json(stored);
  }

  spec(shard: number): Lease['spec'] | undefined {
    return this.leases.get(`tenantsync-shard-${shard}`)?.spec;
  }
}

interface Replica {
  readonly shards: Shards;
  readonly calls: string[];
  readonly lines: LogLine[];
  readonly recording: RecordingMetrics;
  network: 'up' | 'down' | 'hanging' | 'deaf';
}

class World {
  readonly clock = new VirtualClock();
  readonly api = new LeaseServer();
  #replicas = 0;

  replica(shards = 1, options: { skewMs?: number; clock?: Clock } = {}): Replica {
    const { clock, api } = this;
    this.#replicas += 1;
    const id = this.#replicas;
    const own: Clock = {
      now: () => clock.now() + (options.skewMs ?? 0),
      monotonic: () => clock.monotonic() + id * 1_000_000,
      setTimer: (delayMs, fire) => clock.setTimer(delayMs, fire),
    };
    const calls: string[] = [];
    const lines: LogLine[] = [];
    const recording = new RecordingMetrics();
    const http = new KubeHttp({
      fetch: async (url, request) => {
        if (replica.network === 'down') throw new Error('unreachable');
        if (replica.network === 'hanging') return await new Promise<Response>(() => undefined);
        const answer = await api.server.fetch(url, request);
        if (replica.network === 'deaf') throw new Error('the answer was lost');
        return answer;
      },
      baseUrl: 'https://kube.test',
      userAgent: 'test',
      timeoutMs: 30_000,
      clock: options.clock ?? own,
      metrics: recording.metrics,
    });
    const replica: Replica = {
      network: 'up',
      calls,
      lines,
      recording,
      shards: new Shards({
        http,
        namespace: 'operator',
        shards,
        identity: `replica-${id}`,
        timing: leaseTiming,
        clock: options.clock ?? own,
        random: seededRandom(id * 97),
        logger: recordingLogger(lines),
        metrics: recording.metrics,
        onAcquired: (shard) => calls.push(`acquired ${shard}`),
        onLost: (shard) => calls.push(`lost ${shard}`),
      }),
    };
    return replica;
  }
}

describe('one shard: leader election', () => {
  it('is won by the first, who writes the Lease as client-go does', async () => {
    const world = new World();
    const a = world.replica();
    expect(a.recording.value('leaderElectionStatus', { name: 'tenantsync-shard-0' })).toBe(0);
    a.shards.start();
    await world.clock.settle();
    expect(a.shards.holds(0)).toBe(true);
    expect(a.calls).toEqual(['acquired 0']);
    expect(a.recording.value('leaderElectionStatus', { name: 'tenantsync-shard-0' })).toBe(1);
    expect(world.api.leases.get('tenantsync-shard-0')).toMatchObject({
      metadata: { namespace: 'operator', annotations: { 'tenantsync.dev/shards': '1' } },
      spec: {
        holderIdentity: 'replica-1',
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-05T08:00:00.000000Z',
        renewTime: '2026-01-05T08:00:00.000000Z',
        leaseTransitions: 0,
      },
    });
  });

  it('is kept by renewing every two seconds, and the others wait', async () => {
    const world = new World();
    const [a, b] = [world.replica(), world.replica()];
    a.shards.start();
    await world.clock.settle();
    b.shards.start();
    await world.clock.advance(120_000);
    expect([a.shards.holds(0), b.shards.holds(0)]).toEqual([true, false]);
    expect(world.api.spec(0)).toMatchObject({ renewTime: '2026-01-05T08:02:00.000000Z', acquireTime: '2026-01-05T08:00:00.000000Z' });
    const renewals = world.api.server.requests.filter((request) => request.method === 'PUT');
    expect(renewals).toHaveLength(60);
    expect(b.calls).toEqual([]);
  });

  it('wakes its holder for renewals only, while nobody asks for it', async () => {
    const world = new World();
    const a = world.replica();
    a.shards.start();
    await world.clock.advance(60_000);
    const wakings: number[] = [];
    for (let at = world.clock.nextTimerAt(); wakings.length < 5 && at !== undefined; at = world.clock.nextTimerAt()) {
      wakings.push(at - world.clock.monotonic());
      await world.clock.advance(at - world.clock.monotonic());
    }
    expect(wakings).toEqual([2000, 2000, 2000, 2000, 2000]);
  });

  it('is judged by when a change was seen, not by the times written in the Lease', async () => {
    for (const skewMs of [-3_600_000, 3_600_000]) {
      const world = new World();
      const a = world.replica(1, { skewMs });
      const b = world.replica();
      a.shards.start();
      await world.clock.settle();
      b.shards.start();
      await world.clock.advance(60_000);
      expect([a.shards.holds(0), b.shards.holds(0)]).toEqual([true, false]);
      a.network = 'down';
      await world.clock.advance(14_000);
      expect(b.shards.holds(0)).toBe(false);
      await world.clock.advance(10_000);
      expect(b.shards.holds(0)).toBe(true);
      expect(world.api.spec(0)).toMatchObject({ holderIdentity: 'replica-2', leaseTransitions: 1 });
    }
  });

  it('respects a holder that promised itself more time than this replica would', async () => {
    const world = new World();
    const a = world.replica();
    a.shards.start();
    await world.clock.settle();
    a.network = 'down';
    const lease = world.api.leases.get('tenantsync-shard-0');
    if (lease !== undefined) world.api.leases.set('tenantsync-shard-0', { ...lease, spec: { ...lease.spec, leaseDurationSeconds: 60 } });
    const b = world.replica();
    b.shards.start();
    await world.clock.advance(59_000);
    expect(b.shards.holds(0)).toBe(false);
    await world.clock.advance(6_000);
    expect(b.shards.holds(0)).toBe(true);
  });

  it('does not take a Lease on first sight, however old its times look', async () => {
    const world = new World();
    const a = world.replica();
    a.shards.start();
    await world.clock.settle();
    a.network = 'down';
    await world.clock.advance(3_600_000);
    const b = world.replica();
    b.shards.start();
    await world.clock.advance(14_999);
    expect(b.shards.holds(0)).toBe(false);
    await world.clock.advance(5_000);
    expect(b.shards.holds(0)).toBe(true);
  });

  it('ends for a holder that cannot renew before it begins for another, and is said to be lost once', async () => {
    for (const network of ['down', 'hanging'] as const) {
      const world = new World();
      const [a, b] = [world.replica(), world.replica()];
      a.shards.start();
      await world.clock.settle();
      b.shards.start();
      await world.clock.advance(20_000);
      a.network = network;
      await world.clock.advance(9_999);
      expect(a.shards.holds(0)).toBe(true);
      await world.clock.advance(1);
      expect(a.shards.holds(0)).toBe(false);
      expect(b.shards.holds(0)).toBe(false);
      expect(a.calls).toEqual(['acquired 0', 'lost 0']);
      expect(a.recording.value('leaderElectionStatus', { name: 'tenantsync-shard-0' })).toBe(0);
      await world.clock.advance(10_000);
      expect(b.shards.holds(0)).toBe(true);
    }
  });

  it('survives one request that hangs: requests end after half of the renew deadline', async () => {
    const world = new World();
    const a = world.replica();
    a.shards.start();
    await world.clock.advance(4_000);
    a.network = 'hanging';
    await world.clock.advance(2_500);
    a.network = 'up';
    await world.clock.advance(30_000);
    expect(a.shards.holds(0)).toBe(true);
    expect(a.calls).toEqual(['acquired 0']);
  });

  it('survives a renewal whose answer was lost', async () => {
    const world = new World();
    const a = world.replica();
    a.shards.start();
    await world.clock.advance(4_000);
    a.network = 'deaf';
    await world.clock.advance(2_000);
    a.network = 'up';
    await world.clock.advance(30_000);
    expect(a.shards.holds(0)).toBe(true);
    expect(a.calls).toEqual(['acquired 0']);
  });

  it('answers synchronously that it is over, even if a frozen process has not run its timers', async () => {
    const world = new World();
    let frozenFor = 0;
    const clock: Clock = {
      now: () => world.clock.now(),
      monotonic: () => world.clock.monotonic() + frozenFor,
      setTimer: (delayMs, fire) => world.clock.setTimer(delayMs, fire),
    };
    const a = world.replica(1, { clock });
    a.shards.start();
    await world.clock.settle();
    frozenFor = 10_000;
    expect(a.shards.holds(0)).toBe(false);
    expect(a.shards.held()).toEqual([]);
  });

  it('counts from before the request was sent, not from when its answer came', async () => {
    const world = new World();
    const a = world.replica();
    a.shards.start();
    await world.clock.settle();
    const { handle } = world.api.server;
    world.api.server.handle = async (request) => {
      if (request.method === 'PUT') await new Promise<void>((resolve) => void world.clock.setTimer(4_000, resolve));
      return await handle(request);
    };
    await world.clock.advance(2_000 + 4_000);
    a.network = 'down';
    world.api.server.handle = handle;
    await world.clock.advance(5_999);
    expect(a.shards.holds(0)).toBe(true);
    await world.clock.advance(1);
    expect(a.shards.holds(0)).toBe(false);
  });

  it('is given back at stop, so that another need not wait', async () => {
    const world = new World();
    const [a, b] = [world.replica(), world.replica()];
    a.shards.start();
    await world.clock.settle();
    b.shards.start();
    await world.clock.advance(30_000);
    await a.shards.stop();
    expect(a.shards.holds(0)).toBe(false);
    expect(world.api.spec(0)).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    await world.clock.advance(4_400);
    expect(b.shards.holds(0)).toBe(true);
    expect(a.calls).toEqual(['acquired 0']);
    expect(world.api.spec(0)?.leaseTransitions).toBe(1);
  });

  it('is given back also when the last renewal was cut short but took effect, and never when it is another’s by now', async () => {
    for (const [holder, left] of [
      ['replica-1', ''],
      ['intruder', 'intruder'],
    ] as const) {
      const world = new World();
      const a = world.replica();
      a.shards.start();
      await world.clock.settle();
      const lease = world.api.leases.get('tenantsync-shard-0');
      if (lease === undefined) throw new Error('missing');
      const metadata = { ...lease.metadata, resourceVersion: '999' };
      world.api.leases.set('tenantsync-shard-0', { metadata, spec: { ...lease.spec, holderIdentity: holder } });
      await a.shards.stop();
      expect(world.api.spec(0)?.holderIdentity).toBe(left);
    }
  });

  it('is lost at once when somebody else is seen to have it, or the Lease is deleted, and competed for again', async () => {
    const world = new World();
    const a = world.replica();
    a.shards.start();
    await world.clock.advance(3_000);
    world.api.leases.clear();
    await world.clock.advance(2_000);
    expect(a.calls.slice(0, 2)).toEqual(['acquired 0', 'lost 0']);
    await world.clock.advance(5_000);
    expect(a.shards.holds(0)).toBe(true);
    const lease = world.api.leases.get('tenantsync-shard-0');
    if (lease !== undefined) {
      world.api.leases.set('tenantsync-shard-0', {
        metadata: { ...lease.metadata, resourceVersion: '999' },
        spec: { ...lease.spec, holderIdentity: 'intruder' },
      });
    }
    await world.clock.advance(2_000);
    expect(a.shards.holds(0)).toBe(false);
  });

  it('keeps trying while the server is away, and stops without it', async () => {
    const world = new World();
    const a = world.replica();
    a.network = 'down';
    a.shards.start();
    await world.clock.advance(60_000);
    a.network = 'up';
    await world.clock.advance(4_400);
    expect(a.shards.holds(0)).toBe(true);
    a.network = 'hanging';
    let stopped = false;
    void a.shards.stop().then(() => (stopped = true));
    await world.clock.advance(5_000);
    expect(stopped).toBe(true);
    expect(world.clock.nextTimerAt()).toBeUndefined();
  });
});

describe('several shards', () => {
  it('are all held by a lone replica, soon', async () => {
    const world = new World();
    const a = world.replica(8);
    a.shards.start();
    await world.clock.advance(5_000);
    expect(a.shards.held()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('are not all taken by the first to come: it leaves time for others, the more it has', async () => {
    const world = new World();
    const [a, b] = [world.replica(8), world.replica(8)];
    a.shards.start();
    await world.clock.settle();
    expect(a.shards.held()).toHaveLength(1);
    await world.clock.advance(1_000);
    b.shards.start();
    await world.clock.advance(150_000);
    expect(a.shards.held().length + b.shards.held().length).toBe(8);
    expect(Math.min(a.shards.held().length, b.shards.held().length)).toBeGreaterThanOrEqual(3);
  });

  it('are shared out when replicas start together', async () => {
    const world = new World();
    const replicas = [world.replica(8), world.replica(8)];
    for (const replica of replicas) replica.shards.start();
    await world.clock.advance(150_000);
    const counts = replicas.map((replica) => replica.shards.held().length);
    expect(counts.reduce((a, b) => a + b)).toBe(8);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(3);
  });

  it('are taken over when a replica dies, and only its own', async () => {
    const world = new World();
    const [a, b] = [world.replica(4), world.replica(4)];
    a.shards.start();
    b.shards.start();
    await world.clock.advance(60_000);
    const kept = b.shards.held();
    b.calls.length = 0;
    a.network = 'down';
    await world.clock.advance(40_000);
    expect(b.shards.held()).toEqual([0, 1, 2, 3]);
    expect(b.calls.filter((call) => call.startsWith('lost'))).toEqual([]);
    expect(kept.length).toBeGreaterThan(0);
  });

  it('G6 are taken over within the lease duration and five seconds, whenever a holder dies, and however many it had', async () => {
    for (let seed = 0; seed < 10; seed += 1) {
      const world = new World();
      for (let n = 0; n < seed; n += 1) world.replica();
      const replicas = [world.replica(8), world.replica(8), world.replica(8)];
      for (const replica of replicas) replica.shards.start();
      await world.clock.advance(250_000 + seed * 137);
      const [dead, ...rest] = replicas;
      if (dead) dead.network = 'down';
      await world.clock.advance(20_000);
      expect(rest.flatMap((replica) => replica.shards.held()).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    }
  });

  it('G6 move to a replica that is added, and back when it goes, until nobody has two more than another', async () => {
    const world = new World();
    const [a, b, c] = [world.replica(8), world.replica(8), world.replica(8)];
    const counts = (): readonly number[] => [a, b, c].map((replica) => replica.shards.held().length);
    a.shards.start();
    await world.clock.advance(60_000);
    expect(counts()).toEqual([8, 0, 0]);
    b.shards.start();
    await world.clock.advance(100_000);
    expect(counts()).toEqual([4, 4, 0]);
    c.shards.start();
    await world.clock.advance(200_000);
    expect([...counts()].sort()).toEqual([2, 3, 3]);
    await b.shards.stop();
    await world.clock.advance(5_000);
    expect(a.shards.held().length + c.shards.held().length).toBe(8);
    await world.clock.advance(200_000);
    expect(counts()).toEqual([4, 0, 4]);
  });

  it('that are handed over get no new work for as long as a request may last, and nobody else gets them meanwhile', async () => {
    const world = new World();
    const [a, b] = [world.replica(2), world.replica(2)];
    a.shards.start();
    await world.clock.advance(20_000);
    b.shards.start();
    await world.clock.advance(59_000);
    expect([a.shards.held().length, b.shards.held().length]).toEqual([2, 0]);
    await world.clock.advance(10_000);
    const [lost] = a.calls.filter((call) => call.startsWith('lost')).map((call) => Number(call.slice(5)));
    expect([a.shards.held().length, b.shards.held().length]).toEqual([1, 0]);
    expect(world.api.spec(lost ?? 9)?.holderIdentity).toBe('replica-1');
    await world.clock.advance(20_000);
    expect(b.shards.held()).toEqual([]);
    await world.clock.advance(20_000);
    expect(b.shards.held()).toEqual([lost]);
    expect(a.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  it('are worked on again when one is lost and taken back while it was being handed over', async () => {
    const world = new World();
    const [a, b] = [world.replica(2), world.replica(2)];
    a.shards.start();
    await world.clock.advance(20_000);
    b.shards.start();
    await world.clock.advance(67_000);
    expect(a.shards.held()).toHaveLength(1);
    b.network = 'down';
    a.network = 'down';
    await world.clock.advance(10_500);
    a.network = 'up';
    const acquired = (): number => a.calls.filter((line) => line.startsWith('acquired')).length;
    expect([a.shards.held(), acquired()]).toEqual([[], 2]);
    await world.clock.advance(5_000);
    expect([a.shards.held(), acquired()]).toEqual([[0, 1], 4]);
    await world.clock.advance(40_000);
    expect(a.shards.held()).toEqual([0, 1]);
  });

  it('are not handed over for a wish that would leave this replica with fewer', async () => {
    const world = new World();
    const [a, b] = [world.replica(2), world.replica(2)];
    a.shards.start();
    b.shards.start();
    await world.clock.advance(200_000);
    expect([a.shards.held().length, b.shards.held().length]).toEqual([1, 1]);
    const name = `tenantsync-shard-${a.shards.held()[0] ?? 9}`;
    const lease = world.api.leases.get(name);
    if (lease) {
      lease.metadata.annotations = { ...lease.metadata.annotations, 'tenantsync.dev/wanted-by': 'replica-2' };
      lease.metadata.resourceVersion = '99999';
    }
    await world.clock.advance(60_000);
    expect([a.shards.held().length, b.shards.held().length]).toEqual([1, 1]);
    expect(world.api.leases.get(name)?.metadata.annotations).toEqual({ 'tenantsync.dev/shards': '2' });
  });

  it('are never held by two at once, whatever happens to the network', async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const world = new World();
      const random = seededRandom(seed);
      const replicas = [world.replica(3), world.replica(3), world.replica(3)];
      for (const replica of replicas) replica.shards.start();
      let held = 0;
      for (let step = 0; step < 150; step += 1) {
        const replica = replicas[Math.floor(random.next() * replicas.length)];
        const network = (['up', 'up', 'down', 'hanging', 'deaf'] as const)[Math.floor(random.next() * 5)];
        if (replica !== undefined && network !== undefined) replica.network = network;
        await world.clock.advance(1 + Math.floor(random.next() * 6_000));
        for (let shard = 0; shard < 3; shard += 1) {
          const holders = replicas.filter((each) => each.shards.holds(shard)).length;
          expect(holders).toBeLessThanOrEqual(1);
          held += holders;
        }
      }
      expect(held).toBeGreaterThan(50);
    }
  });

  it('make a replica with another number of them wait until nobody works with the old number', async () => {
    const world = new World();
    const old = world.replica(4);
    old.shards.start();
    await world.clock.advance(20_000);
    const next = world.replica(1);
    next.shards.start();
    await world.clock.advance(120_000);
    expect(next.shards.held()).toEqual([]);
    expect(next.lines.some((line) => line.message.includes('another number of shards'))).toBe(true);
    await old.shards.stop();
    await world.clock.advance(5_000);
    expect(next.shards.holds(0)).toBe(true);
    expect(world.api.leases.get('tenantsync-shard-0')?.metadata.annotations).toEqual({ 'tenantsync.dev/shards': '1' });
  });

  it('make it wait also for a holder of the old number that died on a shard of no interest to it', async () => {
    const world = new World();
    const old = world.replica(4);
    old.shards.start();
    await world.clock.advance(20_000);
    world.api.leases.delete('tenantsync-shard-0');
    old.network = 'down';
    const next = world.replica(1);
    next.shards.start();
    await world.clock.advance(14_900);
    expect(next.shards.holds(0)).toBe(false);
    await world.clock.advance(10_000);
    expect(next.shards.holds(0)).toBe(true);
  });

  it('are not split between two numbers when replicas of both start at the same moment', async () => {
    for (let seed = 0; seed < 5; seed += 1) {
      const world = new World();
      for (let n = 0; n < seed; n += 1) world.replica();
      const [a, b] = [world.replica(1), world.replica(3)];
      a.shards.start();
      b.shards.start();
      for (let step = 0; step < 300; step += 1) {
        await world.clock.advance(200);
        expect(a.shards.held().length > 0 && b.shards.held().length > 0).toBe(false);
      }
      expect(a.shards.held().length + b.shards.held().length).toBeGreaterThan(0);
    }
  });
});

describe('the shard of a tenant', () => {
  it('is the same in every version and on every replica, whatever the case of the id', () => {
    const tenant = 'c0ffee00-1234-4abc-8def-0123456789ab';
    expect(shardOfTenant(tenant, 8)).toBe(shardOfTenant(tenant.toUpperCase(), 8));
    expect(shardOfTenant('a', 1_000_000)).toBe(0xe40c292c % 1_000_000);
    expect(new World().replica(8).shards.shardOf(tenant)).toBe(shardOfTenant(tenant, 8));
    expect(shardOfTenant(tenant, 1)).toBe(0);
  });

  it('spreads tenants evenly', () => {
    const random = seededRandom(1);
    const counts = Array.from({ length: 8 }, () => 0);
    for (let n = 0; n < 8_000; n += 1) {
      const shard = shardOfTenant(random.uuid(), 8);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });

  it('is claimed under a name that no other process ever has', () => {
    const random = seededRandom(1);
    expect(identityOf('pod', random)).toMatch(/^pod_[0-9a-f-]{36}$/);
    expect(identityOf('pod', random)).not.toBe(identityOf('pod', random));
  });
});
