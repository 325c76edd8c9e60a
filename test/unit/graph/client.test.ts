import { DirectoryError } from '../../../src/core/errors/directory-error.ts';
import { GraphClient } from '../../../src/graph/http/client.ts';
import type { HttpFetch } from '../../../src/ports/http.ts';
import { priorities } from '../../../src/ports/reconcile.ts';
import { seededRandom, VirtualClock } from '../../support/virtual-clock.ts';
import { BudgetRegistry } from '../../../src/graph/quota/registry.ts';
import { call, clientId, envelope, failureOf, graphHost, id, recordedLog, recordedMetrics, tenantId, world, inParts } from './support.ts';

describe('A request to Graph', () => {
  test('carries the token, a fresh client-request-id each time, and JSON', async () => {
    const { target, seen } = world(() => ({ status: 204 }));
    await target.updateUser(id(1), { jobTitle: 'Cook' }, call());
    await target.updateUser(id(1), { jobTitle: 'Baker' }, call());
    expect(seen[0]).toMatchObject({ method: 'PATCH', url: `${graphHost}/v1.0/users/${id(1)}`, body: { jobTitle: 'Cook' } });
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer token-1', 'content-type': 'application/json' });
    const ids = seen.map((request) => request.headers['client-request-id']);
    expect(new Set(ids).size).toBe(2);
  });

  test('is sent once more with a fresh token when Graph refuses the token, and only once', async () => {
    const { target, seen, dropped } = world(({ headers }) =>
      headers.authorization === 'Bearer token-1' ? { status: 401 } : { status: 204 },
    );
    await target.deleteUser(id(1), call());
    expect(seen.map((request) => request.headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(dropped).toEqual(['token-1']);

    const refused = world(() => ({ status: 401, body: envelope('InvalidAuthenticationToken') }));
    await expect(failureOf(refused.target.deleteUser(id(1), call()))).resolves.toMatchObject({ kind: 'Unauthenticated', status: 401 });
    expect(refused.seen).toHaveLength(2);
  });

  test('is not sent when it may not start any more by the time a token was there, not even the second time', async () => {
    let allowed = false;
    const { target, seen } = world(() => {
      allowed = false;
      return { status: 401 };
    });
    const failure = await failureOf(target.deleteUser(id(1), call({ mayStart: () => allowed })));
    expect([failure.outcomeUnknown ?? false, seen.length]).toEqual([false, 0]);
    allowed = true;
    const second = await failureOf(target.deleteUser(id(1), call({ mayStart: () => allowed })));
    expect([second.outcomeUnknown ?? false, seen.length]).toEqual([false, 1]);
  });

  test('is counted by operation and status, with its time', async () => {
    const { target, metrics } = world(() => ({ status: 404 }));
    await failureOf(target.deleteUser(id(1), call()));
    expect(metrics.requests).toEqual([{ operation: 'users.delete', code: '404', seconds: 0 }]);
  });

  test('keeps the request-id of a refusal for a support case', async () => {
    const { target } = world(() => ({ status: 403, body: envelope('Authorization_RequestDenied') }));
    await expect(failureOf(target.deleteUser(id(1), call()))).resolves.toMatchObject({ requestId: id(999), status: 403 });
  });

  test('has one answer only: redirects and choices are errors that repeating does not cure', async () => {
    const { source, seen } = world(() => ({ status: 302, headers: { location: 'https://evil.example/v1.0/users' } }));
    await expect(failureOf(source.getGroup(id(1), call()))).resolves.toMatchObject({ kind: 'InvalidRequest', status: 302 });
    expect(seen).toHaveLength(1);
  });

  test('is not sent when the budget is used up', async () => {
    const { target, seen } = world(() => ({ status: 204 }));
    target.quota.reserve({ reads: 0, writes: 2700 }, priorities.onDemand);
    const failure = await failureOf(target.deleteUser(id(1), call()));
    expect(failure).toMatchObject({ kind: 'Throttled', reason: 'QuotaShort', retryAt: expect.any(Number) as number });
    expect(seen).toHaveLength(0);
  });

  test('a permit set aside beforehand is drawn on when the open budget is short', async () => {
    const { target, seen } = world(() => ({ status: 204 }));
    const permit = target.quota.reserve({ reads: 0, writes: 2 }, priorities.create);
    if ('retryAt' in permit) throw new Error('refused');
    target.quota.reserve({ reads: 0, writes: 2698 }, priorities.onDemand);
    await target.deleteUser(id(1), call({ permit }));
    await target.deleteUser(id(1), call({ permit }));
    await failureOf(target.deleteUser(id(1), call({ permit })));
    expect(seen).toHaveLength(2);
  });
});

describe('Links and hosts', () => {
  const evil = [
    'https://evil.example/v1.0/users/delta?$skiptoken=a',
    'https://graph.microsoft.com:8443/v1.0/users/delta?$skiptoken=a',
    'https://graph.microsoft.com.evil.example/v1.0/users/delta',
    'https://graph.microsoft.com@evil.example/v1.0/users/delta',
    'https://graph.microsoft.us/v1.0/users/delta?$skiptoken=a',
    'http://graph.microsoft.com/v1.0/users/delta',
    'https://graph.microsoft.com/v1.0/../beta/users/delta',
    'file:///etc/passwd',
    'not a link',
  ];

  test.each(evil)('trap 20: the link %s is refused before a token is attached', async (link) => {
    const { source, seen, lines } = world(() => ({ body: { value: [] } }));
    await expect(failureOf(source.usersDelta({ link }, call()))).resolves.toMatchObject({ kind: 'InvalidRequest' });
    expect(seen).toHaveLength(0);
    expect(lines).toEqual([]);
  });

  test('trap 20: a next link in a list that leads elsewhere is refused', async () => {
    const { source, seen } = world(() => ({ body: { value: [], '@odata.nextLink': 'https://evil.example/v1.0/groups' } }));
    await expect(failureOf(source.findGroupsByName('Sales', call()))).resolves.toMatchObject({ kind: 'InvalidRequest' });
    expect(seen).toHaveLength(1);
  });

  test('a link is followed to the letter', async () => {
    const link = `${graphHost}/v1.0/users/delta?$skiptoken=a%2Fb+c&x=1&$select=id`;
    const { source, seen } = world(() => ({ body: { value: [], '@odata.deltaLink': `${graphHost}/v1.0/users/delta?$deltatoken=z` } }));
    await source.usersDelta({ link }, call());
    expect(seen[0]?.url).toBe(link);
  });

  test('a host of its own, with a port, works like any other', async () => {
    const { target, seen } = world(() => ({ status: 204 }), { host: 'https://graph.lab.example:8443' });
    await target.setManager(id(1), id(2), call());
    expect(seen[0]).toMatchObject({
      url: `https://graph.lab.example:8443/v1.0/users/${id(1)}/manager/$ref`,
      body: { '@odata.id': `https://graph.lab.example:8443/v1.0/users/${id(2)}` },
    });
  });
});

describe('No usable answer', () => {
  function clientOver(fetch: HttpFetch) {
    const clock = new VirtualClock();
    const random = seededRandom(1);
    const metrics = recordedMetrics();
    const budgets = new BudgetRegistry({ clock, random, metrics, share: 0.9 });
    const tokens = { get: () => Promise.resolve('t'), invalidate: () => undefined };
    const logger = recordedLog().logger;
    const budget = budgets.get(clientId, tenantId);
    const client = new GraphClient({
      side: 'source',
      graphHost,
      fetch,
      tokens,
      budget,
      budgets,
      clock,
      random,
      metrics,
      logger,
      timeoutMs: 100_000,
    });
    return { clock, client, metrics };
  }
  const write = { operation: 'x', kind: 'write', method: 'POST', target: { path: '/x' }, cost: { reads: 1, writes: 1 } } as const;
  const read = { operation: 'x', kind: 'read', method: 'GET', target: { path: '/x' }, cost: { reads: 1, writes: 0 } } as const;

  test('a lost connection leaves the outcome of a write open, and of a read not', async () => {
    const cause = Object.assign(new Error('connect ECONNRESET nestor@contoso.com'), { code: 'ECONNRESET' });
    const { client, metrics } = clientOver(() => Promise.reject(new TypeError('fetch failed', { cause })));
    const failure = await failureOf(client.send(write, call()));
    expect(failure).toMatchObject({ kind: 'Unavailable', reason: 'GraphUnreachable', outcomeUnknown: true });
    expect(failure.message).toContain('ECONNRESET');
    expect(failure.message).not.toContain('nestor');
    expect((await failureOf(client.send(read, call()))).outcomeUnknown).toBeUndefined();
    expect(metrics.requests.map((sample) => sample.code)).toEqual(['none', 'none']);
  });

  test('a service that never answers is given up after the timeout', async () => {
    const { client, clock } = clientOver(() => new Promise(() => undefined));
    const failure = failureOf(client.send(write, call()));
    await clock.advance(100_000);
    await expect(failure).resolves.toMatchObject({ kind: 'Unavailable', outcomeUnknown: true });
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  test('a body that never ends is given up after the timeout', async () => {
    const { client, clock } = clientOver(() => Promise.resolve(new Response(new ReadableStream({}))));
    const failure = failureOf(client.send(read, call()));
    await clock.advance(100_000);
    await expect(failure).resolves.toMatchObject({ kind: 'Unavailable' });
  });

  test('a call that is cancelled ends at once', async () => {
    const { client } = clientOver(() => new Promise(() => undefined));
    const abort = new AbortController();
    const failure = failureOf(client.send(write, call({ signal: abort.signal })));
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await expect(failure).resolves.toMatchObject({ kind: 'Unavailable', code: 'Cancelled', outcomeUnknown: true });
    await expect(failureOf(client.send(write, call({ signal: abort.signal })))).resolves.toMatchObject({ code: 'Cancelled' });
  });

  test('an answer that breaks off is no answer, and leaves the outcome of a write open', async () => {
    const { target, source } = world(() => ({ status: 201, raw: '{"invitedUser": {"id": "' }));
    const invitation = { emailAddress: 'a@contoso.com', userType: 'Guest', redirectUrl: 'https://x', sendMessage: false } as const;
    await expect(failureOf(target.invite(invitation, call()))).resolves.toMatchObject({ kind: 'Unavailable', outcomeUnknown: true });
    const failure = await failureOf(source.getGroup(id(1), call()));
    expect(failure.kind).toBe('Unavailable');
    expect(failure.outcomeUnknown).toBeUndefined();
  });

  test('whatever goes wrong inside becomes a DirectoryError', async () => {
    const { client } = clientOver(() => {
      throw new RangeError('inside');
    });
    await expect(client.send(read, call())).rejects.toBeInstanceOf(DirectoryError);
  });
});

describe('What is written down', () => {
  test('logs name the operation and the ids of requests, never what was searched for', async () => {
    const { target, lines } = world(inParts(({ path }) => (path.startsWith('/organization') ? organization : { body: { value: [] } })));
    await target.findAccounts({ addresses: ["nestor.o'neil@contoso.com"] }, ['displayName'], call());
    const text = lines.map((line) => line.text).join('\n');
    expect(text).toContain('users.find');
    expect(text).toContain(id(999));
    expect(text).not.toMatch(/contoso|nestor|filter/);
    expect(lines.filter((line) => line.level !== 'debug')).toEqual([]);
  });

  const organization = {
    body: { value: [{ id: tenantId, displayName: 'F', verifiedDomains: [{ name: 'f.onmicrosoft.com', isInitial: true }] }] },
  };
});
