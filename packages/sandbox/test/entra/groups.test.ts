import { client, text, world, type Client } from './support.ts';

const base = { mailEnabled: false, securityEnabled: true, groupTypes: [] };
const falcon = { displayName: 'Falcon', mailNickname: 'falcon', ...base };
const upsert = { prefer: 'create-if-missing' };
const key = "/groups(uniqueName='tenantsync-1')";

async function target(settings: Parameters<typeof world>[0] = {}) {
  const all = world(settings);
  all.targetApp.grant('Group.ReadWrite.All');
  return { ...all, graph: await client(all.entra, all.target, all.targetApp) };
}

function references(ids: readonly string[]): { 'members@odata.bind': string[] } {
  return { 'members@odata.bind': ids.map((id) => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`) };
}

const membersOf = async (graph: Client, id: string) => (await graph.all(`/groups/${id}/members?$select=id`)).map((each) => each.id);

describe('Writing groups', () => {
  it('makes a group by its unique name once, and changes it afterwards', async () => {
    const { graph, target: tenant } = await target();
    expect((await graph.send('PATCH', key, falcon)).status).toBe(404);
    const first = await graph.send('PATCH', key, falcon, upsert);
    expect([first.status, first.body]).toMatchObject([201, { displayName: 'Falcon', uniqueName: 'tenantsync-1', securityEnabled: true }]);
    expect((await graph.send('PATCH', key, { ...falcon, displayName: 'Eagle' }, upsert)).status).toBe(204);
    expect(tenant.groups()).toMatchObject([{ displayName: 'Eagle', uniqueName: 'tenantsync-1' }]);
    expect((await graph.get(`${key}?$select=id,uniqueName`)).body).toMatchObject({ id: first.body.id });
    expect((await graph.get("/groups?$filter=uniqueName eq 'tenantsync-1'&$select=id")).body.value).toEqual([{ id: first.body.id }]);
  });

  it('refuses what a group cannot be made with, by name', async () => {
    const { graph } = await target();
    for (const wrong of [
      { mailNickname: 'a b' },
      { mailNickname: 'x'.repeat(65) },
      { displayName: '' },
      { mailNickname: 'a.b' },
      { size: 'L' },
    ]) {
      expect((await graph.send('POST', '/groups', { ...falcon, ...wrong })).code).toBe('Request_BadRequest');
    }
    expect((await graph.send('POST', '/groups', { displayName: 'Falcon', ...base })).status).toBe(400);
    expect((await graph.send('POST', '/groups', falcon)).status).toBe(201);
  });

  it('changes a unique name only while there is none', async () => {
    const { graph, target: tenant } = await target();
    const { id } = tenant.createGroup({ displayName: 'Old' });
    expect((await graph.send('PATCH', `/groups/${id}`, { uniqueName: 'a' })).status).toBe(204);
    expect((await graph.send('PATCH', `/groups/${id}`, { uniqueName: 'b' })).status).toBe(400);
  });

  it('adds up to twenty members in one request, all or none', async () => {
    const { graph, target: tenant } = await target();
    const { id } = tenant.createGroup({ displayName: 'Falcon' });
    const people = Array.from({ length: 21 }, (_, index) => tenant.createUser({ properties: { displayName: `P${index}` } }).id);
    expect((await graph.send('PATCH', `/groups/${id}`, references(people))).status).toBe(400);
    expect((await graph.send('PATCH', `/groups/${id}`, references(people.slice(0, 20)))).status).toBe(204);
    const again = await graph.send('PATCH', `/groups/${id}`, references(people.slice(19)));
    expect(text((again.body.error as { message?: string } | undefined)?.message)).toContain('already exist');
    expect(await membersOf(graph, id)).toHaveLength(20);
    const twice = await graph.send('PATCH', `/groups/${id}`, references([people[20] ?? '', people[20] ?? '']));
    expect(twice.status).toBe(400);
    expect(
      (await graph.send('POST', `/groups/${id}/members/$ref`, { '@odata.id': `https://graph.microsoft.com/v1.0/users/${people[20]}` }))
        .status,
    ).toBe(204);
    expect(await membersOf(graph, id)).toHaveLength(21);
  });

  it('removes a member by $ref, and deletes the person without it', async () => {
    const { graph, target: tenant } = await target();
    const [anna = '', bert = ''] = ['Anna', 'Bert'].map((displayName) => tenant.createUser({ properties: { displayName } }).id);
    const { id } = tenant.createGroup({ displayName: 'Falcon', members: [anna, bert] });
    expect((await graph.send('DELETE', `/groups/${id}/members/${anna}/$ref`)).status).toBe(204);
    expect(tenant.user(anna)?.deletedAt).toBeNull();
    expect(await membersOf(graph, id)).toEqual([bert]);
    expect(JSON.stringify((await graph.send('DELETE', `/groups/${id}/members/${anna}/$ref`)).body)).toContain(id);
    expect((await graph.send('DELETE', `/groups/${id}/members/${bert}`)).status).toBe(204);
    expect(tenant.user(bert)?.deletedAt).not.toBeNull();
  });

  it('refuses members of groups that are dynamic, role-assignable, mail-enabled, restricted or synchronized from on premises', async () => {
    const { graph, target: tenant } = await target();
    const anna = tenant.createUser({ properties: { displayName: 'Anna' } }).id;
    const add = async (more: object) => {
      const { id } = tenant.createGroup({ displayName: 'G', ...more });
      const answer = await graph.send('PATCH', `/groups/${id}`, references([anna]));
      return [answer.status, answer.code];
    };
    expect(await add({ groupTypes: ['DynamicMembership'], membershipRule: 'true' })).toEqual([403, 'Authorization_RequestDenied']);
    expect(await add({ isAssignableToRole: true })).toEqual([403, 'Authorization_RequestDenied']);
    expect(await add({ isManagementRestricted: true })).toEqual([403, 'Authorization_RequestDenied']);
    expect(await add({ mailEnabled: true })).toEqual([400, 'Request_BadRequest']);
    expect(await add({ onPremisesSyncEnabled: true })).toEqual([400, 'Request_BadRequest']);
    expect(await add({})).toEqual([204, undefined]);
  });

  it('keeps deleted security groups for 30 days, with their members, and lets no application purge them', async () => {
    const { graph, target: tenant, clock } = await target();
    const anna = tenant.createUser({ properties: { displayName: 'Anna' } }).id;
    const { id } = tenant.createGroup({ displayName: 'Falcon', uniqueName: 'tenantsync-1', members: [anna] });
    expect((await graph.send('DELETE', `/groups/${id}`)).status).toBe(204);
    expect((await graph.get(`/groups/${id}`)).status).toBe(404);
    const deleted = await graph.get(
      "/directory/deletedItems/microsoft.graph.group?$filter=uniqueName eq 'tenantsync-1'&$select=id,securityEnabled",
    );
    expect(deleted.body.value).toEqual([{ id, securityEnabled: false }]);
    expect((await graph.send('PATCH', key, falcon, upsert)).code).toBe('Request_BadRequest');
    tenant.settings.groups.deletedKeepUniqueName = false;
    expect((await graph.send('DELETE', `/directory/deletedItems/${id}`)).status).toBe(403);
    expect((await graph.send('POST', `/directory/deletedItems/${id}/restore`, {})).status).toBe(200);
    expect(await membersOf(graph, id)).toEqual([anna]);
    await graph.send('DELETE', `/groups/${id}`);
    await clock.advance(31 * 86_400_000);
    expect(tenant.group(id)).toBeUndefined();
  });

  it('deletes at once where the tenant has no recycle bin for security groups', async () => {
    const { graph, target: tenant } = await target({ groups: { softDelete: false } });
    const { id } = tenant.createGroup({ displayName: 'Falcon' });
    expect((await graph.send('DELETE', `/groups/${id}`)).status).toBe(204);
    expect((await graph.get(`/directory/deletedItems/${id}/microsoft.graph.group`)).status).toBe(404);
  });

  it('shows writes later where reads lag, and refuses links of a fresh group with 400', async () => {
    const { graph, target: tenant, clock } = await target({ replication: { reads: { min: 1000, max: 1000 } } });
    const anna = tenant.createUser({ properties: { displayName: 'Anna' } }).id;
    await clock.advance(2000);
    const made = await graph.send('PATCH', key, falcon, upsert);
    const id = text(made.body.id);
    expect((await graph.get(`/groups/${id}`)).status).toBe(404);
    const early = await graph.send('PATCH', `/groups/${id}`, references([anna]));
    expect([early.status, early.code]).toEqual([400, 'Request_BadRequest']);
    expect((await graph.send('PATCH', key, falcon, upsert)).status).toBe(204);
    await clock.advance(1500);
    expect((await graph.send('PATCH', `/groups/${id}`, references([anna]))).status).toBe(204);
    expect(await membersOf(graph, id)).toEqual([]);
    await clock.advance(1500);
    expect(await membersOf(graph, id)).toEqual([anna]);
    await graph.send('PATCH', `/groups/${id}`, { displayName: 'Eagle' });
    expect((await graph.get(`/groups/${id}`)).body.displayName).toBe('Falcon');
    await clock.advance(1500);
    expect((await graph.get(`/groups/${id}`)).body.displayName).toBe('Eagle');
  });

  it('needs its own permission for each act', async () => {
    const { entra, target: tenant, targetApp } = await target();
    const anna = tenant.createUser({ properties: { displayName: 'Anna' } }).id;
    const { id } = tenant.createGroup({ displayName: 'Falcon' });
    targetApp.revoke('Group.ReadWrite.All');
    targetApp.grant('Group.Create');
    const narrow = await client(entra, tenant, targetApp);
    expect((await narrow.send('PATCH', key, falcon, upsert)).status).toBe(403);
    expect((await narrow.send('POST', '/groups', falcon)).status).toBe(201);
    expect((await narrow.send('PATCH', `/groups/${id}`, references([anna]))).status).toBe(403);
    expect((await narrow.send('DELETE', `/groups/${id}`)).status).toBe(403);
    targetApp.grant('GroupMember.ReadWrite.All');
    const members = await client(entra, tenant, targetApp);
    expect((await members.send('PATCH', `/groups/${id}`, references([anna]))).status).toBe(204);
    expect((await members.send('PATCH', `/groups/${id}`, { displayName: 'Eagle' })).status).toBe(403);
  });

  it('tells in the beta whether groups may come in', async () => {
    const { graph, source, target: tenant } = await target();
    const path = `https://graph.microsoft.com/beta/policies/crossTenantAccessPolicy/partners/${source.tenantId}/identitySynchronization`;
    expect((await graph.get(path)).status).toBe(404);
    tenant.policies.setUserSync(source.tenantId, true);
    expect((await graph.get(path)).body.groupSyncInbound).toBeNull();
    expect((await graph.send('PATCH', path, { groupSyncInbound: { isSyncAllowed: true } })).status).toBe(204);
    expect((await graph.get(path)).body).toMatchObject({
      groupSyncInbound: { isSyncAllowed: true },
      userSyncInbound: { isSyncAllowed: true },
    });
    tenant.settings.groups.syncPolicy = false;
    expect((await graph.get(path)).body).not.toHaveProperty('groupSyncInbound');
  });
});
