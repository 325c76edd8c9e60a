import type { Json } from '../../entra/index.ts';
import { client, round, text, world } from './support.ts';

const day = 86_400_000;
const tracked = '/users/delta?$select=displayName,department,mail,manager';

async function source(settings = {}) {
  const all = world(settings);
  const graph = await client(all.entra, all.source, all.sourceApp);
  const boss = all.source.createUser({ properties: { displayName: 'Boss' } });
  const anna = all.source.createUser({ managerId: boss.id, properties: { displayName: 'Anna', department: 'Sales' } });
  return { ...all, graph, boss, anna };
}

const managerEntry = (id: string, removed = false): Json =>
  removed
    ? { '@odata.type': '#microsoft.graph.user', id, '@removed': { reason: 'deleted' } }
    : { '@odata.type': '#microsoft.graph.user', id };

describe('Users delta', () => {
  it('starts with all live users: absent is never set, the manager is a relationship', async () => {
    const { graph, boss, anna } = await source();
    const { items } = await round(graph, tracked);
    expect(items).toEqual([
      { id: boss.id, displayName: 'Boss' },
      { id: anna.id, displayName: 'Anna', department: 'Sales', 'manager@delta': [managerEntry(boss.id)] },
    ]);
  });

  it('tells then what changed: a cleared value is null, unselected properties surface nobody, nothing is an empty round', async () => {
    const { graph, source: tenant, anna, boss } = await source();
    const first = await round(graph, tracked);
    expect((await round(graph, first.deltaLink)).items).toEqual([]);
    tenant.updateUser(boss.id, { jobTitle: 'CEO' });
    tenant.updateUser(anna.id, { department: null });
    const second = await round(graph, first.deltaLink);
    expect(second.items).toEqual([{ id: anna.id, displayName: 'Anna', department: null }]);
    expect((await round(graph, second.deltaLink)).items).toEqual([]);
    expect((await round(graph, first.deltaLink)).items).toEqual(second.items);
  });

  it('trims to what changed when asked for the minimum', async () => {
    const { graph, source: tenant, anna } = await source();
    const { deltaLink } = await round(graph, tracked);
    tenant.updateUser(anna.id, { department: null });
    const { body } = await graph.get(deltaLink, { prefer: 'return=minimal' });
    expect(body.value).toEqual([{ id: anna.id, department: null }]);
  });

  it('shows a replaced and a cleared manager with @removed', async () => {
    const { graph, source: tenant, anna, boss } = await source();
    const first = await round(graph, tracked);
    const other = tenant.createUser({ properties: { displayName: 'Other' } });
    tenant.setManager(anna.id, other.id);
    const second = await round(graph, first.deltaLink);
    expect(second.items.find((item) => item.id === anna.id)?.['manager@delta']).toEqual([
      managerEntry(other.id),
      managerEntry(boss.id, true),
    ]);
    tenant.setManager(anna.id, null);
    expect((await round(graph, second.deltaLink)).items).toEqual([
      { id: anna.id, displayName: 'Anna', department: 'Sales', 'manager@delta': [managerEntry(other.id, true)] },
    ]);
  });

  it('marks soft and hard deletion, and shows a restored user as a new one', async () => {
    const { graph, source: tenant, anna, boss } = await source();
    let { deltaLink } = await round(graph, tracked);
    const next = async () => {
      const found = await round(graph, deltaLink);
      deltaLink = found.deltaLink;
      return found.items;
    };
    tenant.softDelete(anna.id);
    expect(await next()).toEqual([{ id: anna.id, '@removed': { reason: 'changed' } }]);
    tenant.restore(anna.id);
    expect(await next()).toEqual([{ id: anna.id, displayName: 'Anna', department: 'Sales', 'manager@delta': [managerEntry(boss.id)] }]);
    tenant.softDelete(anna.id);
    await next();
    tenant.purge(anna.id);
    expect(await next()).toEqual([{ id: anna.id, '@removed': { reason: 'deleted' } }]);
    const brief = tenant.createUser({ properties: { displayName: 'Brief' } });
    tenant.purge(brief.id);
    expect(await next()).toEqual([{ id: brief.id, '@removed': { reason: 'deleted' } }]);
  });

  it('reports the purge that time brings', async () => {
    const { graph, clock, source: tenant, entra, sourceApp, anna } = await source();
    tenant.softDelete(anna.id);
    await clock.advance(29 * day);
    const late = await client(entra, tenant, sourceApp);
    const { deltaLink } = await round(late, tracked);
    await clock.advance(2 * day);
    const later = await client(entra, tenant, sourceApp);
    expect((await round(later, deltaLink)).items).toEqual([{ id: anna.id, '@removed': { reason: 'deleted' } }]);
    expect(graph).toBeDefined();
  });

  it('starts from now with $deltatoken=latest, and follows only the users that $filter names', async () => {
    const { graph, source: tenant, anna, boss } = await source();
    const latest = await round(graph, `${tracked}&$deltatoken=latest`);
    expect(latest.items).toEqual([]);
    const { deltaLink, items } = await round(graph, `${tracked}&$filter=id eq '${anna.id}'`);
    expect(items.map((item) => item.id)).toEqual([anna.id]);
    tenant.updateUser(boss.id, { displayName: 'Chief' });
    tenant.updateUser(anna.id, { displayName: 'Anne' });
    expect((await round(graph, deltaLink)).items.map((item) => item.id)).toEqual([anna.id]);
    expect((await round(graph, latest.deltaLink)).items).toHaveLength(2);
  });

  it.each([
    ['$top', `${tracked}&$top=5`, 'Request_UnsupportedQuery'],
    ['$expand', '/users/delta?$expand=manager', 'Request_UnsupportedQuery'],
    ['a filter on another property', `${tracked}&$filter=displayName eq 'x'`, 'Request_UnsupportedQuery'],
    ['51 ids', `${tracked}&$filter=${Array.from({ length: 51 }, () => "id eq 'x'").join(' or ')}`, 'Request_BadRequest'],
    ['an unknown property', '/users/delta?$select=nickname', 'BadRequest'],
    ['a property outside the directory', '/users/delta?$select=signInActivity', 'NotImplemented'],
    ['a token of its own making', '/users/delta?$deltatoken=abc', 'Request_BadRequest'],
  ])('refuses %s', async (_, path, code) => {
    const { graph } = await source();
    expect((await graph.get(path)).code).toBe(code);
  });

  it('comes in pages of changing size that can be asked for again, each user once', async () => {
    const { graph, source: tenant } = await source({ delta: { pageSize: { min: 3, max: 7 } } });
    for (let number = 0; number < 48; number += 1) tenant.createUser({ properties: { displayName: `P ${number}` } });
    const { items, pages } = await round(graph, tracked);
    expect(new Set(items.map((item) => item.id)).size).toBe(50);
    expect(pages).toBeGreaterThanOrEqual(8);
    const link = text((await graph.get(tracked)).body['@odata.nextLink']);
    const [one, two] = [await graph.get(link), await graph.get(link)];
    const first = (one.body.value as Json[])[0];
    expect((two.body.value as Json[])[0]).toEqual(first);
  });

  it('can repeat items, replay changes, hand out empty pages and name the deleted in the first round', async () => {
    const delta = { emptyPageRate: 0.5, repeatRate: 1, replayRate: 1, tombstonesInInitialRound: true };
    const { graph, source: tenant, anna, boss } = await source({ delta });
    tenant.softDelete(boss.id);
    const first = await round(graph, tracked);
    expect(first.items).toHaveLength(4);
    expect(first.items).toContainEqual({ id: boss.id, '@removed': { reason: 'changed' } });
    tenant.updateUser(anna.id, { displayName: 'Anne' });
    const second = await round(graph, first.deltaLink);
    const third = await round(graph, second.deltaLink);
    expect(third.items.filter((item) => item.id === anna.id)).toHaveLength(2);
  });

  it('lags when told to, in order', async () => {
    const { graph, clock, source: tenant, anna } = await source({ replication: { delta: { min: 5000, max: 9000 } } });
    expect((await round(graph, tracked)).items).toEqual([]);
    await clock.advance(9000);
    const { items, deltaLink } = await round(graph, tracked);
    expect(items).toHaveLength(2);
    tenant.updateUser(anna.id, { displayName: 'Anne' });
    const second = await round(graph, deltaLink);
    expect(second.items).toEqual([]);
    await clock.advance(9000);
    expect((await round(graph, second.deltaLink)).items).toHaveLength(1);
  });

  it('forgets tokens after seven days, with either of the documented answers', async () => {
    const { graph, clock, source: tenant, entra, sourceApp } = await source();
    const { deltaLink } = await round(graph, tracked);
    await clock.advance(7 * day - 1000);
    const late = await client(entra, tenant, sourceApp);
    expect((await late.get(deltaLink)).status).toBe(200);
    await clock.advance(2000);
    const answer = await late.get(deltaLink);
    expect([answer.status, answer.code]).toEqual([400, 'syncStateNotFound']);
    tenant.settings.delta.expiredAnswer = 'gone';
    const gone = await late.get(deltaLink);
    expect(gone.status).toBe(410);
    const location = gone.headers.get('location') ?? '';
    expect(location).toBe('https://graph.microsoft.com/v1.0/users/delta?$select=displayName,department,mail,manager&$deltatoken=');
    expect((await round(late, location)).items).toHaveLength(2);
  });
});

describe('Groups delta', () => {
  it('starts with names and members spread over items, and tells then who came and went', async () => {
    const { graph, source: tenant, anna, boss } = await source({ delta: { groupMembersPerPage: 2 } });
    const others = Array.from({ length: 3 }, (_, number) => tenant.createUser({ properties: { displayName: `P ${number}` } }).id);
    const group = tenant.createGroup({ displayName: 'Scope', members: [anna.id, ...others] });
    tenant.createGroup({ displayName: 'Else', members: [boss.id] });
    const first = await round(graph, `/groups/delta?$select=displayName,members&$filter=id eq '${group.id}'`);
    const members = first.items.flatMap((item) => item['members@delta'] as { id: string }[]);
    expect(first.items).toHaveLength(2);
    expect(members.map((member) => member.id)).toEqual([anna.id, ...others]);
    tenant.addMember(group.id, boss.id);
    tenant.removeMember(group.id, anna.id);
    tenant.softDelete(others[0] ?? '');
    const second = await round(graph, first.deltaLink);
    const changes = second.items.flatMap((item) => item['members@delta'] as { id: string; '@removed'?: unknown }[]);
    expect(changes.map((change) => [change.id, change['@removed'] === undefined])).toEqual([
      [boss.id, true],
      [anna.id, false],
      [others[0], false],
    ]);
    tenant.deleteGroup(group.id);
    expect((await round(graph, second.deltaLink)).items).toEqual([{ id: group.id, '@removed': { reason: 'changed' } }]);
  });

  it('shows no members of a group with hidden membership without the permission', async () => {
    const { graph, source: tenant, anna } = await source();
    const group = tenant.createGroup({ displayName: 'Hidden', hiddenMembership: true, members: [anna.id] });
    const { items } = await round(graph, '/groups/delta?$select=displayName,members,visibility');
    expect(items).toEqual([{ id: group.id, displayName: 'Hidden', visibility: 'HiddenMembership' }]);
  });
});
