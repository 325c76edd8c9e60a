import { client, invitation, text, world } from './support.ts';

async function ready(settings = {}) {
  const all = world(settings);
  const graph = await client(all.entra, all.target, all.targetApp);
  all.target.log.reset();
  return { ...all, graph };
}

describe('Faults', () => {
  it('answer with a status, once unless told otherwise, after as many as are let pass', async () => {
    const { entra, graph } = await ready();
    const fault = entra.faults.add({
      effect: 'status',
      status: 503,
      headers: { 'retry-after': '2' },
      match: { path: /^\/v1\.0\/organization/ },
      times: 2,
      after: 1,
    });
    const statuses = [];
    for (let at = 0; at < 5; at += 1) statuses.push((await graph.get('/organization')).status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
    expect(fault.applied).toBe(2);
  });

  it('lose the request before its effect, or the answer after it', async () => {
    const { entra, graph, target } = await ready();
    entra.faults.add({ effect: 'dropBefore', match: { operation: 'POST /invitations' } });
    await expect(graph.send('POST', '/invitations', invitation('a@contoso.com'))).rejects.toThrow('fetch failed');
    expect(target.users()).toHaveLength(0);
    entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /invitations' } });
    await expect(graph.send('POST', '/invitations', invitation('a@contoso.com'))).rejects.toThrow('fetch failed');
    expect(target.users()).toHaveLength(1);
    expect(target.log.entries().map((entry) => [entry.status, entry.fault])).toEqual([
      [0, 'dropBefore'],
      [201, 'dropAfter'],
    ]);
    expect(target.log.writes()).toMatchObject([{ operation: 'POST /invitations', objectId: target.users()[0]?.id }]);
  });

  it('can apply a write and answer an error all the same', async () => {
    const { entra, graph, target } = await ready();
    entra.faults.add({ effect: 'status', status: 504, apply: true, match: { write: true } });
    expect((await graph.send('POST', '/invitations', invitation('a@contoso.com'))).status).toBe(504);
    expect(target.users()).toHaveLength(1);
  });

  it('leave a request without an answer until the caller gives up', async () => {
    const { entra, clock, target, graph } = await ready();
    entra.faults.add({ effect: 'timeout', apply: true, match: { operation: 'POST /invitations' } });
    const pending = graph.send('POST', '/invitations', invitation('a@contoso.com'));
    const outcome = pending.catch((error: unknown) => error);
    await clock.advance(300_000);
    expect(await outcome).toBeInstanceOf(TypeError);
    expect(target.users()).toHaveLength(1);
    entra.faults.add({ effect: 'timeout' });
    const controller = new AbortController();
    const second = entra.fetch('https://graph.microsoft.com/v1.0/organization', { method: 'GET', headers: {}, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
  });

  it('break off a body, throttle, refuse the token, reset and expire delta links, and hand out empty pages', async () => {
    const { entra, graph } = await ready();
    entra.faults.add({ effect: 'truncate' });
    await expect(graph.get('/organization')).rejects.toThrow(SyntaxError);
    entra.faults.add({ effect: 'throttle', retryAfter: 0.25 });
    expect((await graph.get('/organization')).headers.get('retry-after')).toBe('0.25');
    entra.faults.add({ effect: 'unauthorized' });
    expect((await graph.get('/organization')).code).toBe('InvalidAuthenticationToken');
    entra.faults.add({ effect: 'deltaReset' });
    entra.faults.add({ effect: 'deltaExpire' });
    const first = await graph.get('/users/delta?$select=id');
    const link = text(first.body['@odata.deltaLink']);
    expect((await graph.get(link)).status).toBe(410);
    expect((await graph.get(link)).code).toBe('syncStateNotFound');
    expect((await graph.get(link)).status).toBe(200);
    entra.faults.add({ effect: 'emptyPage' });
    const empty = await graph.get('/users/delta?$select=id');
    expect(empty.body).toMatchObject({ value: [] });
    expect((await graph.get(text(empty.body['@odata.nextLink']))).body['@odata.deltaLink']).toBeDefined();
    entra.faults.add({ effect: 'emptyPage' });
    const list = await graph.get('/users?$select=id');
    expect(list.body).toMatchObject({ value: [] });
    expect((await graph.get(text(list.body['@odata.nextLink']))).status).toBe(200);
  });

  it('lie in one part of a batch: with nothing, under another id, with a page of something in between', async () => {
    const { entra, graph, target } = await ready();
    const ids = ['a', 'b', 'c', 'd'].map((name) => target.createUser({ userPrincipalName: `${name}@fabrikam.com` }).id);
    const path = (at: number): RegExp => new RegExp(ids[at] ?? '');
    entra.faults.add({ effect: 'emptyAnswer', match: { path: path(0) } });
    entra.faults.add({ effect: 'otherId', match: { path: path(1) } });
    const html = { 'content-type': 'text/html' };
    entra.faults.add({ effect: 'status', status: 404, headers: html, body: '<html></html>', match: { path: path(2) } });
    const requests = ids.map((id, at) => ({ id: String(at), method: 'GET', url: `/users/${id}` }));
    const { body } = await graph.send('POST', '/$batch', { requests });
    const parts = body.responses as unknown as readonly { id: string; status: number; body: unknown }[];
    const shown = new Map(parts.map((part) => [part.id, part]));
    expect(shown.get('0')).toMatchObject({ status: 200, body: {} });
    expect([...shown.keys()].sort()).toEqual(['0', '1-other', '2', '3']);
    expect(shown.get('2')).toMatchObject({ status: 404, body: Buffer.from('<html></html>').toString('base64') });
    expect(shown.get('3')).toMatchObject({ status: 200, body: { id: ids[3] } });
  });

  it('match by what a request holds, and never when it holds nothing', async () => {
    const { entra, graph, target } = await ready();
    const { id } = target.createUser({ userPrincipalName: 'a@fabrikam.com' });
    const fault = entra.faults.add({ effect: 'status', status: 403, match: { body: /"jobTitle"/ }, times: 2 });
    expect((await graph.get(`/users/${id}`)).status).toBe(200);
    expect((await graph.send('PATCH', `/users/${id}`, { city: 'Lyon' })).status).toBe(204);
    expect((await graph.send('PATCH', `/users/${id}`, { jobTitle: 'Engineer' })).status).toBe(403);
    expect(fault.applied).toBe(1);
  });

  it('match by tenant and by chance', async () => {
    const { entra, graph, source, target } = await ready();
    entra.faults.add({ effect: 'status', status: 500, match: { tenant: source.tenantId } });
    expect((await graph.get('/organization')).status).toBe(200);
    entra.faults.clear();
    const fault = entra.faults.add({ effect: 'status', status: 500, match: { tenant: target.tenantId }, probability: 0.5 });
    for (let at = 0; at < 100; at += 1) await graph.get('/organization');
    expect(fault.applied).toBeGreaterThan(30);
    expect(fault.applied).toBeLessThan(70);
  });
});

describe('Interceptors', () => {
  it('cut requests off before or after their effect, by number', async () => {
    const { entra, graph, target } = await ready();
    const seen: string[] = [];
    let cut: 'before' | 'after' | undefined = 'before';
    const end = entra.intercept({
      before: (info) => {
        seen.push(`${info.operation} ${info.write}`);
        if (cut === 'before') throw new Error('killed');
      },
      after: (info) => {
        seen.push(String(info.status));
        if (cut === 'after') throw new Error('killed');
      },
    });
    const invite = () => graph.send('POST', '/invitations', invitation('a@contoso.com'));
    await expect(invite()).rejects.toThrow('killed');
    expect(target.users()).toHaveLength(0);
    cut = 'after';
    await expect(invite()).rejects.toThrow('killed');
    expect(target.users()).toHaveLength(1);
    cut = undefined;
    expect((await invite()).status).toBe(201);
    end();
    await invite();
    expect(seen).toEqual(['POST /invitations true', 'POST /invitations true', '201', 'POST /invitations true', '201']);
  });
});

describe('Latency', () => {
  it('passes on the clock, half of it before the effect', async () => {
    const { graph, clock, target } = await ready();
    target.settings.latency = { min: 100, max: 100 };
    let done = false;
    const sent = graph.send('POST', '/invitations', invitation('a@contoso.com')).then(() => (done = true));
    await clock.advance(49);
    expect(target.users()).toHaveLength(0);
    await clock.advance(1);
    expect(target.users()).toHaveLength(1);
    expect(done).toBe(false);
    await clock.advance(50);
    await sent;
    expect(done).toBe(true);
  });
});

describe('Replication', () => {
  const lag = { replication: { reads: { min: 10_000, max: 10_000 }, advanced: { min: 60_000, max: 60_000 } } };

  it('hides a new user from reads, writes, references and lists, and lets changes and deletions show late', async () => {
    const { graph, clock, target } = await ready(lag);
    const boss = target.createUser({ properties: { displayName: 'Boss' } });
    await clock.advance(10_000);
    const created = await graph.send('POST', '/invitations', invitation('a@contoso.com'));
    const { id } = created.body.invitedUser as { id: string };
    const manager = { '@odata.id': `https://graph.microsoft.com/v1.0/users/${id}` };
    expect((await graph.get(`/users/${id}`)).status).toBe(404);
    expect((await graph.send('PATCH', `/users/${id}`, { city: 'Oslo' })).status).toBe(404);
    expect((await graph.send('PUT', `/users/${boss.id}/manager/$ref`, manager)).code).toBe('Request_BadRequest');
    expect((await graph.get("/users?$filter=otherMails/any(x:x eq 'a@contoso.com')")).body.value).toEqual([]);
    await clock.advance(10_000);
    expect((await graph.send('PATCH', `/users/${id}`, { city: 'Oslo' })).status).toBe(204);
    expect((await graph.get(`/users/${id}?$select=city`)).body.city).toBeNull();
    const counted = () =>
      graph.get("/users?$filter=endsWith(mail,'contoso.com')&$count=true&$select=city", { consistencylevel: 'eventual' });
    expect((await counted()).body.value).toEqual([]);
    await clock.advance(10_000);
    expect((await graph.get(`/users/${id}?$select=city`)).body.city).toBe('Oslo');
    await clock.advance(60_000);
    expect((await counted()).body.value).toMatchObject([{ city: 'Oslo' }]);
    await graph.send('DELETE', `/users/${id}`);
    expect((await graph.get(`/users/${id}`)).status).toBe(200);
    expect((await graph.send('PATCH', `/users/${id}`, { city: 'Rome' })).status).toBe(404);
    expect((await graph.get(`/directory/deletedItems/${id}`)).status).toBe(404);
    await clock.advance(10_000);
    expect((await graph.get(`/users/${id}`)).status).toBe(404);
    expect((await graph.get(`/directory/deletedItems/${id}`)).status).toBe(200);
  });

  it('never lets an older picture replace a newer one', async () => {
    const { graph, clock, target } = await ready({ replication: { reads: { min: 0, max: 60_000 } } });
    const { id } = target.createUser({ properties: { displayName: 'A' } });
    for (let at = 0; at < 20; at += 1) target.updateUser(id, { city: `City ${at}` });
    await clock.advance(60_000);
    expect((await graph.get(`/users/${id}?$select=city`)).body.city).toBe('City 19');
  });
});

describe('Throttling', () => {
  it('prices requests as documented', async () => {
    const { graph, target } = await ready();
    const { id } = target.createUser({ properties: { displayName: 'A' } });
    const group = target.createGroup({ displayName: 'G' }).id;
    const units = async (path: string) => Number((await graph.get(path)).headers.get('x-ms-resource-unit'));
    expect(await units('/users')).toBe(2);
    expect(await units('/users?$select=id')).toBe(1);
    expect(await units(`/users/${id}`)).toBe(1);
    expect(await units(`/users/${id}?$expand=manager`)).toBe(2);
    expect(await units(`/groups/${group}/members`)).toBe(3);
    expect(await units(`/groups/${group}/members?$select=id&$top=5`)).toBe(1);
    expect(await units(`/groups/${group}/transitiveMembers`)).toBe(5);
  });

  it('warns from 80 percent on, refuses beyond 100 with a fractional Retry-After, and serves again after it', async () => {
    const { graph, target, clock } = await ready();
    target.settings.throttling.scale = 0.01; // 35 resource units in 10 s
    const answers = [];
    for (let at = 0; at < 40; at += 1) answers.push(await graph.get('/organization'));
    const first = answers.findIndex((answer) => answer.status === 429);
    expect(first).toBe(35);
    expect(answers[20]?.headers.get('x-ms-throttle-limit-percentage')).toBeNull();
    expect(Number(answers[30]?.headers.get('x-ms-throttle-limit-percentage'))).toBeGreaterThanOrEqual(0.8);
    const refused = answers[first];
    expect(refused?.code).toBe('TooManyRequests');
    expect(refused?.headers.get('retry-after')).toMatch(/^\d+\.\d+$/);
    expect(refused?.headers.get('x-ms-throttle-scope')).toMatch(/^Tenant_Application\/Read\//);
    expect(refused?.headers.get('x-ms-throttle-information')).toBe('ResourceUnitLimitExceeded');
    await clock.advance(Number(answers.at(-1)?.headers.get('retry-after')) * 1000);
    expect((await graph.get('/organization')).status).toBe(200);
  });

  it('counts writes: 3,000 in 150 seconds', async () => {
    const { graph, target } = await ready();
    target.settings.throttling.scale = 0.005; // 15 writes
    const statuses = [];
    for (let at = 0; at < 17; at += 1) statuses.push((await graph.send('POST', '/invitations', invitation(`a${at}@contoso.com`))).status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(15);
    target.settings.throttling.enabled = false;
    expect((await graph.send('POST', '/invitations', invitation('b@contoso.com'))).status).toBe(201);
  });

  it('counts the writes of all applications of a tenant: 18,000 in 300 seconds, whoever sent them', async () => {
    const { entra, target, clock, graph } = await ready();
    target.settings.throttling.scale = 0.005; // 15 writes for each application, 90 for the tenant
    const apps = Array.from({ length: 7 }, () => target.registerApp({ permissions: ['User.Invite.All'], secrets: [{ value: 's3cret' }] }));
    const statuses = [];
    for (const [place, app] of apps.entries()) {
      const own = await client(entra, target, app);
      for (let at = 0; at < 15; at += 1) {
        const answer = await own.send('POST', '/invitations', invitation(`a${place}-${at}@contoso.com`));
        statuses.push([place, answer.status, answer.headers.get('x-ms-throttle-scope')] as const);
      }
    }
    expect(statuses.slice(0, 90).map(([, status]) => status)).toEqual(Array(90).fill(201));
    const scope = `Tenant/Write/${apps[6]?.appId}/${target.tenantId}`;
    expect(statuses.slice(90)).toEqual(Array(15).fill([6, 429, scope]));
    await clock.advance(300_000);
    expect((await graph.send('POST', '/invitations', invitation('b@contoso.com'))).status).toBe(201);
  });
});

describe('The log', () => {
  it('counts by operation and status, and keeps what it was told with its time', async () => {
    const { graph, target, clock, targetApp } = await ready();
    await graph.get('/organization');
    await graph.get('/users/none');
    await clock.advance(5);
    const { id } = (await graph.send('POST', '/invitations', invitation('a@contoso.com'))).body.invitedUser as { id: string };
    expect(target.log.counts()).toEqual({ 'GET /organization 200': 1, 'GET /users/{id} 404': 1, 'POST /invitations 201': 1 });
    expect(target.log.count('GET /users/{id}')).toBe(1);
    expect(target.log.writes()).toMatchObject([
      { at: clock.now(), objectId: id, appId: targetApp.appId, path: '/v1.0/invitations', method: 'POST' },
    ]);
    expect(target.log.entries()[1]).toMatchObject({ code: 'Request_ResourceNotFound' });
    target.log.reset();
    expect(target.log.entries()).toEqual([]);
  });
});
