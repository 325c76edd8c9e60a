import { readFileSync } from 'node:fs';
import type { SyncJob } from '@tenantsync/sandbox/entra';
import type { ParityAttribute } from '../../src/core/parity/parity.ts';
import { groupRecord } from '../support/group-scene.ts';
import { guestIds, guests, hire, replicated, spokeVersions } from '../support/scene.ts';
import type { Ran } from '../support/client-run.ts';
import { shellLine, type Machine } from '../support/shell-line.ts';
import { namespace, unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const name = 'contoso-to-fabrikam';
const page = readFileSync(new URL('../../docs/coming-from-entra.md', import.meta.url), 'utf8');

/** Commands of the page, each on one line. */
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
  block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== ''),
);
const commandsWith = (...parts: readonly string[]): readonly string[] =>
  commands.filter((line) => parts.some((part) => line.includes(part)));

let world: World;
let job: SyncJob;
let machine: Machine;
afterEach(() => world.end());

/** Twelve people with managers, of whom ten are assigned to Entra's job, which has run for a while. */
async function beforeTheMove(): Promise<void> {
  world = new World({ settings: unfriendly });
  world.hubApp.grant('Synchronization.Read.All', 'Application.Read.All', 'ProvisioningLog.Read.All');
  const admin = world.hub.registerApp({ permissions: ['Synchronization.ReadWrite.All'], secrets: [{ value: 'admin' }] });
  world.hub.registerApp({
    appId: '2a6f0d7e-4b1c-4e8a-9d35-6c0e8b7f1a24',
    permissions: ['Synchronization.Read.All', 'Application.Read.All'],
    secrets: [{ value: 'reader-secret' }],
  });
  const people = hire(world, 12);
  for (const { id } of people.slice(1)) world.hub.setManager(id, people[0]?.id ?? '');
  job = world.hub.createSyncJob({ targetTenantId: world.spoke.tenantId, deletionThreshold: 100 });
  const team = world.hub.createGroup({ displayName: 'Team', members: people.slice(0, 9).map(({ id }) => id) });
  world.hub.assign(job.servicePrincipalId, team.id);
  world.hub.assign(job.servicePrincipalId, people[9]?.id ?? '');
  job.start();
  await world.run(120 * minute);
  world.hub.users();
  await replicated(world);
  const token = async (): Promise<string> => {
    const form = { grant_type: 'client_credentials', client_id: admin.appId, client_secret: 'admin' };
    const answer = await world.entra.fetch(`https://login.microsoftonline.com/${world.hub.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...form, scope: 'https://graph.microsoft.com/.default' }).toString(),
    });
    return ((await answer.json()) as { readonly access_token: string }).access_token;
  };
  machine = { world, files: new Map([['reader.secret', 'reader-secret']]), token };
}

/** A line of the page, with the ids of this world in place of those that it shows. */
function inThisWorld(line: string): string {
  const ids = {
    '8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11': world.hub.tenantId,
    '3c9d4b0a-6f4e-4d61-8f0b-2f7f5c1d2e01': world.hubApp.appId,
    '7b1e2f93-0f0d-4b43-9e0e-5a3c8d9f4c02': world.spokeApp.appId,
    '5b0d6c1f-3e2a-4d88-9a47-0c1e2f3a4b5c': job.servicePrincipalId,
    'Azure2Azure.8f2c0c1e5a0b4c579d1a3f3a5f0c1a11.4e7a9c30-51d2-4b86-a0f3-6c8d2e1b9f74': job.id,
    'contoso-to-fabrikam-source --from-literal=clientSecret=...': `${name}-source --from-literal=clientSecret=hub-secret`,
    'contoso-to-fabrikam-target --from-literal=clientSecret=...': `${name}-target --from-literal=clientSecret=spoke-secret`,
  };
  // The id of the job holds that of the tenant, without dashes: the longest come first.
  return Object.entries(ids)
    .toSorted(([a], [b]) => b.length - a.length)
    .reduce((text, [shown, real]) => text.replaceAll(shown, real), line);
}

const type = (line: string): Promise<Ran> => shellLine(machine, inThisWorld(line));

/** Types the commands of the page up to the plan, with an anchor, or a spec of groups, where one is said. */
async function plan(anchor?: string, groups?: string): Promise<void> {
  for (const line of commandsWith('--from-tenant', 'create secret')) expect(await type(line)).toMatchObject({ status: 0 });
  const manifests = machine.files.get(`${name}.yaml`) ?? '';
  expect(manifests).not.toContain('REPLACE-WITH');
  if (anchor !== undefined)
    machine.files.set(`${name}.yaml`, manifests.replace('adoption: Adopt', `adoption: Adopt, anchor: {attribute: ${anchor}}`));
  if (groups !== undefined) machine.files.set(`${name}.yaml`, `${machine.files.get(`${name}.yaml`) ?? ''}  groups: ${groups}\n`);
  for (const line of commandsWith('apply -f')) await type(line);
  await world.startOperator();
  expect(await type(commandsWith('tenantsync wait')[0] ?? '')).toMatchObject({ status: 0 });
}

const handover = (): Promise<Ran> => type(commandsWith('--handover')[0] ?? '');

/** The command that a handover shows as the next step. */
function nextCommand({ out }: Ran): string {
  const lines = out.split('\n').map((line) => line.trim());
  return lines.find((line) => /^(az|kubectl) /.test(line)) ?? '';
}

/** The account that was made for somebody. */
const newcomer = (id: string): string | undefined => world.projection(id, name)?.status.targetUser?.objectId;

const records = () => world.projections().filter(({ spec }) => spec.syncConfigurationRef.name === name);

describe('G7 the move from Entra', () => {
  it.each([
    ['without an anchor', undefined],
    ['with one', 'extensionAttribute15'],
  ])('G7 follows the page from import to the first cycle of Apply, which writes to nobody: %s', async (_, anchor) => {
    await beforeTheMove();
    const before = guestIds(world);
    expect([before.length, job.state]).toEqual([10, 'Active']);
    await plan(anchor);

    const compared = await type(commandsWith('--parity')[0] ?? '');
    expect(compared.notes).toContain('Zero differences: for all 10 people');
    expect(compared.status).toBe(0);
    const html = machine.files.get('parity.html') ?? '';
    expect(html).toContain('<strong>Zero differences');
    expect(html).toContain('counts 10 people as synchronized');

    // Entra works on until it is paused.
    await world.run(50 * minute);

    // The handover shows the commands of the page, one after the other.
    const shown: string[] = [];
    const quiet: boolean[] = [];
    for (let ran = await handover(); ran.status === 2; ran = await handover()) {
      shown.push(nextCommand(ran));
      expect(ran.out).toContain('Way back: ');
      expect(shown.length).toBeLessThan(6);
      const versions = spokeVersions(world);
      expect(await type(shown.at(-1) ?? '')).toMatchObject({ status: 0 });
      quiet.push(spokeVersions(world) === versions);
      await world.run(minute);
    }
    expect(quiet.slice(0, 3)).toEqual([true, true, true]);
    const page = commandsWith('az rest', 'tenantsync restart', 'patch synccfg').map(inThisWorld);
    expect(shown.filter((line) => !line.includes('tenantsync wait'))).toEqual(page);
    expect((await handover()).out).toContain('The move is done.');

    await world.run(60 * minute);
    expect([job.state, guestIds(world), world.spoke.deletedUsers()]).toEqual(['Paused', before, []]);
    expect(records().map(({ status }) => status.targetUser?.origin)).toEqual(Array(10).fill('Adopted'));
    const writes = world.spoke.log.writes().filter(({ operation }) => operation !== 'POST /token');
    const bodies = new Set(writes.map(({ body }) => Object.keys(JSON.parse(body ?? '{}') as object).join()));
    const accounts = new Set(writes.map(({ objectId }) => objectId));
    expect([accounts.size, [...bodies]]).toEqual(anchor === undefined ? [0, []] : [10, ['onPremisesExtensionAttributes']]);
  });

  it('G7 goes on from there: who is unassigned leaves by our rules, and going back deletes nobody', async () => {
    await beforeTheMove();
    await plan();
    job.pause();
    world.kube.patch({ kind: 'SyncConfiguration', name, namespace }, { spec: { mode: 'Apply' } });
    await world.until('all are adopted', () => records().every(({ status }) => status.targetUser?.origin === 'Adopted'));
    const before = guestIds(world);
    world.kube.patch({ kind: 'SyncConfiguration', name, namespace }, { spec: { mode: 'Plan' } });
    await world.run(10 * minute);
    job.start();
    await world.run(100 * minute);
    world.hub.users();
    expect([guestIds(world), world.spoke.deletedUsers()]).toEqual([before, []]);
    expect(world.pair(name).status.access?.entraJob?.state).toBe('Active');
  });
});

describe('G7 the move of groups', () => {
  it('G7 goes on with a group that Entra has made: zero differences, and the first cycle of Apply gives it the anchor and nothing else', async () => {
    await beforeTheMove();
    world.spokeApp.grant('Group.ReadWrite.All');
    world.spoke.policies.setGroupSync(world.hub.tenantId, true);
    const team = world.hub.groups().find(({ displayName }) => displayName === 'Team');
    const own = world.spoke.createUser({ userPrincipalName: 'clara@fabrikam.com' }).id;
    const accounts = [...(team?.members ?? [])].map((person) => job.links.get(person) ?? '');
    const theirs = world.spoke.createGroup({ displayName: 'Team', mailNickname: 'Team', members: [...accounts, own] });
    await replicated(world);
    await plan(undefined, '{select: [{scopeGroups: true}], matching: {adoption: Adopt, by: MailNickname}}');
    const planned = (): boolean => groupRecord(world, team?.id ?? '', name)?.status.plan?.operation === 'Update';
    await world.until('the plan of the group', planned);
    const ran = await type(commandsWith('--parity')[0] ?? '');
    expect([ran.status, ran.notes]).toEqual([0, expect.stringContaining('Zero differences: for all 10 people')]);

    job.pause();
    await world.run(10 * minute);
    world.spoke.log.reset();
    world.kube.patch({ kind: 'SyncConfiguration', name, namespace }, { spec: { mode: 'Apply' } });
    await world.run(60 * minute);
    const writes = world.spoke.log.writes().filter(({ operation }) => operation !== 'POST /token');
    expect(writes.map(({ operation, body }) => [operation, Object.keys(JSON.parse(body ?? '{}') as object)])).toEqual([
      ['PATCH /groups/{id}', ['uniqueName']],
    ]);
    expect(world.spoke.groups()).toHaveLength(1);
    expect([...(world.spoke.group(theirs.id)?.members ?? [])].sort()).toEqual([...accounts, own].sort());
  });

  it('G7 says of groups that would be made that they would be, and leaves alone what Entra has made where adoption is Ignore', async () => {
    await beforeTheMove();
    world.spokeApp.grant('Group.ReadWrite.All');
    world.spoke.policies.setGroupSync(world.hub.tenantId, true);
    await plan(undefined, '{select: [{scopeGroups: true}], matching: {adoption: Ignore}}');
    const team = world.hub.groups().find(({ displayName }) => displayName === 'Team')?.id ?? '';
    await world.until('the plan of the group', () => groupRecord(world, team, name)?.status.plan?.operation === 'Create');
    const made = await type(commandsWith('--parity')[0] ?? '');
    expect([made.status, made.notes]).toEqual([2, expect.stringContaining('Differences: 1 group would be made or changed.')]);
    world.spoke.createGroup({ displayName: 'Team' });
    await replicated(world);
    world.annotate('SyncConfiguration', name, { 'tenantsync.dev/restarted-at': '1' });
    await world.until('it is in a conflict', () => groupRecord(world, team, name)?.status.state === 'Conflict');
    const left = await type(commandsWith('--parity')[0] ?? '');
    expect([left.status, left.notes]).toEqual([0, expect.stringContaining('1 group is in a conflict and would be left as found.')]);
  });
});

describe('G7 tenantsync report --parity', () => {
  const parity = async (): Promise<{ readonly ran: Ran; readonly found: Record<string, unknown> & { readonly summary: string } }> => {
    const ran = await type(`kubectl tenantsync report --parity ${name} -n ${namespace} -o json`);
    expect(ran.notes).toMatch(/^tenantsync: (Zero differences|Differences): /);
    return { ran, found: JSON.parse(ran.out) as Record<string, unknown> & { readonly summary: string } };
  };

  it('G7 names who is here and not there, who is there and not here, and what would change', async () => {
    await beforeTheMove();
    const [edited, other] = guests(world);
    world.spoke.updateUser(edited?.id ?? '', { department: 'Edited', jobTitle: 'Head' });
    world.spoke.updateUser(other?.id ?? '', { department: 'Edited' });
    const byHand = world.spoke.createExternalUser({ address: 'by.hand@contoso.com' });
    world.spoke.createExternalUser({ address: 'stranger@elsewhere.example' });
    // Entra has not come to this person yet.
    const late = world.hub.createUser({ userPrincipalName: 'late@contoso.com' });
    await replicated(world);
    await plan();
    world.kube.patch({ kind: 'SyncConfiguration', name, namespace }, { spec: { scope: { type: 'Assigned', users: [{ id: late.id }] } } });
    await world.until('the plan', () => {
      const { status, metadata } = world.configuration(name);
      return status.lastCycle?.planned?.create === 1 && status.observedGeneration === metadata.generation;
    });
    const { ran, found } = await parity();
    expect(ran.status).toBe(2);
    expect(found).toMatchObject({
      people: expect.any(Number) as number,
      onlyHere: [{ sourceObjectId: late.id, operation: 'Create' }],
      undecided: [],
    });
    expect(found.summary).toMatch(/^Differences: 1 person would get an account that is not there; \d+ accounts are there/);
    // Of the guest by hand nobody knows who it is; of the other Entra's log tells.
    const person = world.hub.users().find(({ properties }) => properties.userPrincipalName === 'person9@contoso.com')?.id ?? '';
    const own = { targetObjectId: job.links.get(person), sourceObjectId: person, why: 'NotInPlan' };
    expect(found.onlyThere).toHaveLength(2);
    expect(found.onlyThere).toEqual(
      expect.arrayContaining([expect.objectContaining(own), { targetObjectId: byHand.id, why: 'NotInPlan' }]),
    );
    const changes = found.attributes as readonly {
      readonly attribute: string;
      readonly accounts: number;
      readonly examples: readonly object[];
    }[];
    expect(changes.map(({ attribute, accounts }) => [attribute, accounts])).toEqual([['department', 2]]);
    expect(changes[0]?.examples).toContainEqual(
      expect.objectContaining({
        targetObjectId: edited?.id,
        from: 'Edited',
        to: 'Sales',
        entraWrote: expect.objectContaining({ action: 'create', value: 'Sales' }) as object,
      }),
    );
  });

  it('G7 names what the first cycle of Apply then writes, and nothing else', async () => {
    await beforeTheMove();
    job.pause();
    const edited = guests(world).slice(0, 3);
    edited.forEach(({ id }, index) =>
      world.spoke.updateUser(id, index === 0 ? { department: 'Edited', country: 'Nowhere' } : { displayName: 'Edited' }),
    );
    const team = world.hub.groups().find(({ displayName }) => displayName === 'Team')?.id ?? '';
    const late = world.hub.createUser({ userPrincipalName: 'late@contoso.com', properties: { displayName: 'Late' } });
    world.hub.addMember(team, late.id);
    await replicated(world);
    await plan();
    // A tenant that asks to wait is waited for, where it is not for long.
    const list = { operation: 'GET /users', tenant: world.spoke.tenantId };
    world.entra.faults.add({ effect: 'throttle', retryAfter: 20, times: 2, match: list });
    const { found } = await parity();
    expect(found.onlyHere).toEqual([{ sourceObjectId: late.id, operation: 'Create' }]);
    const told = (found.attributes as ParityAttribute[]).flatMap(({ attribute, examples }) =>
      examples.map(({ targetObjectId }) => `${targetObjectId} ${attribute}`),
    );
    expect(told).toHaveLength(3);

    world.spoke.log.reset();
    world.kube.patch({ kind: 'SyncConfiguration', name, namespace }, { spec: { mode: 'Apply' } });
    await world.until('the new one is there', () => world.projection(late.id, name)?.status.state === 'Provisioned');
    await world.run(60 * minute);
    const before = new Set(edited.map(({ id }) => id));
    const patches = world.spoke.log.writes().filter(({ operation }) => operation === 'PATCH /users/{id}');
    const own = patches.filter(({ objectId = '' }) => objectId !== newcomer(late.id));
    const written = own.flatMap(({ objectId = '', body }) =>
      Object.keys(JSON.parse(body ?? '{}') as object)
        .filter((attribute) => !(found.notCompared as string[]).includes(attribute))
        .map((attribute) => `${objectId} ${attribute}`),
    );
    expect([...new Set(written)].sort()).toEqual([...told].sort());
    expect(own.every(({ objectId = '' }) => before.has(objectId))).toBe(true);
    expect(world.spoke.log.count('POST /invitations', 201)).toBe(1);
    expect(world.spoke.deletedUsers()).toEqual([]);
  });
});
