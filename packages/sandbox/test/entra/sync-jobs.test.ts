import { readFileSync } from 'node:fs';
import type { Json } from '../../entra/index.ts';
import { client, world, type World } from './support.ts';

const minute = 60_000;
const interval = 40 * minute;
const permissions = ['Synchronization.Read.All', 'Application.Read.All'];

/** Contoso's job for Fabrikam, in which Ana and a group with Bo are assigned, and Cleo is not. */
function scene() {
  const made = world({ deletedItemsLifetime: 30 * 24 * 60 * minute });
  const { source, target, sourceApp } = made;
  target.policies.setUserSync(source.tenantId, true);
  sourceApp.grant(...permissions, 'Synchronization.ReadWrite.All');
  const person = (name: string, properties: Record<string, Json> = {}) =>
    source.createUser({ userPrincipalName: `${name}@contoso.com`, properties: { displayName: name, department: 'Sales', ...properties } });
  const ana = person('ana', { businessPhones: ['+34 1'], officeLocation: 'Madrid' });
  const bo = person('bo');
  const cleo = person('cleo');
  source.setManager(bo.id, ana.id);
  const team = source.createGroup({ displayName: 'Team', members: [bo.id] });
  const job = source.createSyncJob({ targetTenantId: target.tenantId });
  source.assign(job.servicePrincipalId, ana.id);
  source.assign(job.servicePrincipalId, team.id);
  return { ...made, job, ana, bo, cleo, team };
}

const names = ({ target }: Pick<World, 'target'>): readonly (Json | undefined)[] =>
  target
    .users()
    .map(({ properties }) => properties.displayName)
    .sort();

const later = async ({ clock, source }: Pick<World, 'clock' | 'source'>, ms = interval): Promise<void> => {
  await clock.advance(ms);
  source.users();
};

describe('The simulated engine of Entra', () => {
  it('keeps the assigned present, and nobody else', async () => {
    const { job, ...made } = scene();
    expect(names(made)).toEqual([]);
    job.start();
    expect(names(made)).toEqual(['ana', 'bo']);
    const account = made.target.user(job.links.get(made.ana.id) ?? '');
    expect(account?.properties).toMatchObject({
      officeLocation: 'Madrid',
      businessPhones: ['+34 1'],
      userType: 'Member',
      showInAddressList: true,
      externalUserState: 'Accepted',
    });
    expect(made.target.user(job.links.get(made.bo.id) ?? '')?.managerId).toBe(account?.id);
    made.source.addMember(made.team.id, made.cleo.id);
    await later(made);
    expect(names(made)).toEqual(['ana', 'bo', 'cleo']);
  });

  it('deletes who is unassigned while it runs, restores who comes back, and deletes nobody when it is paused', async () => {
    const { job, ...made } = scene();
    job.start();
    made.source.unassign(job.servicePrincipalId, made.ana.id);
    await later(made);
    expect(names(made)).toEqual(['bo']);
    const [gone] = made.target.deletedUsers();
    made.source.assign(job.servicePrincipalId, made.ana.id);
    await later(made);
    expect(job.links.get(made.ana.id)).toBe(gone?.id);
    job.pause();
    made.source.unassign(job.servicePrincipalId, made.ana.id);
    made.source.removeMember(made.team.id, made.bo.id);
    await later(made, 10 * interval);
    expect([names(made), job.state]).toEqual([['ana', 'bo'], 'Paused']);
    job.start();
    expect(names(made)).toEqual([]);
  });

  it('leaves edits of the target alone until the person changes, and those who were blocked before they left', async () => {
    const { job, source, target, ana, bo, ...made } = scene();
    job.start();
    const account = job.links.get(ana.id) ?? '';
    target.updateUser(account, { department: 'Edited' });
    await later({ ...made, source });
    expect(target.user(account)?.properties.department).toBe('Edited');
    source.updateUser(ana.id, { jobTitle: 'Head', accountEnabled: false });
    await later({ ...made, source });
    expect(target.user(account)?.properties).toMatchObject({ department: 'Sales', jobTitle: 'Head', accountEnabled: false });
    source.unassign(job.servicePrincipalId, ana.id);
    source.softDelete(bo.id);
    await later({ ...made, source });
    expect(names({ target })).toEqual(['ana']);
  });

  it('takes accounts that are there, holds back too many deletions, and stops where the target says no', async () => {
    const { source, target, clock } = world();
    target.policies.setUserSync(source.tenantId, true);
    const people = ['ana', 'bo'].map((name) => source.createUser({ userPrincipalName: `${name}@contoso.com` }));
    const there = target.createExternalUser({ address: 'ana@contoso.com' });
    const job = source.createSyncJob({ targetTenantId: target.tenantId, syncAll: true, deletionThreshold: 2 });
    job.start();
    expect([job.links.get(people[0]?.id ?? ''), target.users().length]).toEqual([there.id, 2]);
    for (const { id } of people) source.softDelete(id);
    await later({ source, clock });
    expect(target.users()).toHaveLength(2);
    target.policies.setUserSync(source.tenantId, false);
    source.createUser({ userPrincipalName: 'cleo@contoso.com' });
    await later({ source, clock });
    expect(target.users()).toHaveLength(2);
  });

  it('follows the rows and filters of the schema', () => {
    const { source, target } = world();
    target.policies.setUserSync(source.tenantId, true);
    const person = (name: string, department: string) =>
      source.createUser({ userPrincipalName: `${name}@contoso.com`, properties: { displayName: name, department } });
    person('ana', 'Sales');
    person('bo', 'Research');
    const attribute = (name: string) => ({ type: 'Attribute', name, expression: `[${name}]`, parameters: [] });
    const suffix = { type: 'Constant', name: ' (C)', expression: '" (C)"', parameters: [] };
    const job = source.createSyncJob({
      targetTenantId: target.tenantId,
      syncAll: true,
      rows: [
        {
          targetAttributeName: 'displayName',
          flowType: 'Always',
          source: {
            type: 'Function',
            name: 'Append',
            expression: 'Append([displayName], " (C)")',
            parameters: [
              { key: 'source', value: attribute('displayName') },
              { key: 'suffix', value: suffix },
            ],
          },
        },
      ],
      scope: {
        groups: [
          {
            name: 'Sales',
            clauses: [{ operatorName: 'EQUALS', sourceOperandName: 'department', targetOperand: { values: ['Sales'] } }],
          },
        ],
      },
    });
    job.start();
    expect(names({ target })).toEqual(['ana (C)']);
  });
});

/** Members of the types of the metadata, by name of the type. */
const metadata = JSON.parse(
  readFileSync(new URL('../../../../test/data/graph-synchronization-types.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, readonly string[]>>;

describe('Synchronization jobs in Graph', () => {
  it('are found by the gallery application, and shown with the members that the metadata has', async () => {
    const { entra, source, sourceApp, job } = scene();
    job.start();
    const graph = await client(entra, source, sourceApp);
    source.createServicePrincipal('Portal');
    const filter = encodeURIComponent("applicationTemplateId eq '518e5f48-1fc8-4c48-9387-9fdf28b0dfe7'");
    const found = await graph.all(`/servicePrincipals?$filter=${filter}&$select=id,displayName`);
    expect(found).toEqual([{ id: job.servicePrincipalId, displayName: 'Cross-tenant sync' }]);
    const base = `/servicePrincipals/${job.servicePrincipalId}/synchronization`;
    const [shown] = await graph.all(`${base}/jobs`);
    expect(shown).toMatchObject({
      id: job.id,
      templateId: 'Azure2Azure',
      schedule: { interval: 'PT40M', state: 'Active' },
      status: { code: 'Active', synchronizedEntryCountByType: [{ key: 'User to User', value: 2 }], lastExecution: { countExported: 2 } },
    });
    const membersOf = (value: Json | undefined): readonly string[] => Object.keys(value ?? {}).filter((name) => !name.startsWith('@'));
    const status = shown?.status as Record<string, Json>;
    for (const [type, value] of [
      ['synchronizationJob', shown],
      ['synchronizationSchedule', shown?.schedule],
      ['synchronizationStatus', status],
      ['synchronizationTaskExecution', status.lastExecution],
      ['synchronizationSchema', (await graph.get(`${base}/jobs/${job.id}/schema`)).body],
    ] as const)
      expect(membersOf(value).filter((name) => metadata[type]?.includes(name) !== true)).toEqual([]);
    const { body } = await graph.get(`${base}/jobs/${job.id}`);
    expect(body['@odata.context']).toContain(`servicePrincipals('${job.servicePrincipalId}')`);
    expect((await graph.all(`${base}/secrets`)).find(({ key }) => key === 'CompanyId')?.value).toBeTruthy();
    expect((await graph.get(`${base}/jobs/Azure2Azure.none.none`)).status).toBe(404);
    sourceApp.grant('ProvisioningLog.Read.All');
    const log = await (await client(entra, source, sourceApp)).all(`/auditLogs/provisioning?$filter=jobId eq '${job.id}'`);
    expect(log.map(({ provisioningAction }) => provisioningAction)).toEqual(['create', 'create']);
  });

  it('are paused and started with 204, by those who may write them alone', async () => {
    const { entra, source, sourceApp, job } = scene();
    job.start();
    const graph = await client(entra, source, sourceApp);
    const path = `/servicePrincipals/${job.servicePrincipalId}/synchronization/jobs/${job.id}`;
    expect([(await graph.send('POST', `${path}/pause`)).status, job.state]).toEqual([204, 'Paused']);
    expect(((await graph.get(path)).body.status as Record<string, Json>).code).toBe('Paused');
    expect([(await graph.send('POST', `${path}/start`)).status, job.state]).toEqual([204, 'Active']);
    sourceApp.revoke('Synchronization.ReadWrite.All');
    const reader = await client(entra, source, sourceApp);
    expect([(await reader.send('POST', `${path}/pause`)).status, (await reader.get(path)).status, job.state]).toEqual([403, 200, 'Active']);
    sourceApp.revoke(...permissions);
    expect((await (await client(entra, source, sourceApp)).get(path)).status).toBe(403);
  });
});
