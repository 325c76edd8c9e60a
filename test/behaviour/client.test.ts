import { dump } from 'js-yaml';
import { annotations } from '../../src/api/kinds.ts';
import { clientVerbs } from '../../src/cli/client/verbs.ts';
import { runClientIn, type Ran } from '../support/client-run.ts';
import { condition, guests, hire, replicated } from '../support/scene.ts';
import { namespace, World } from '../support/world.ts';

const minute = 60_000;
let world: World;
afterEach(() => world.end());

/** Files of the person at the terminal, by name. */
const files = new Map<string, string>();

const run = (line: string, ...answers: readonly string[]): Promise<Ran> => runClientIn(world, line.split(' '), answers, files);

/** Ten people, who have their accounts. */
async function company(guard: { readonly creations?: number } = {}): Promise<void> {
  world = new World();
  hire(world, 10);
  await replicated(world);
  await world.begin({ deprovisioning: { guard: { threshold: 3, percent: 100, ...guard } } });
  await world.until('everybody is there', () => guests(world).length === 10);
  await world.run(minute);
}

/** The Secret with the credentials for the target. */
const secretName = (): string => world.pair().spec.target.credentials.clientSecret?.secretRef.name ?? '';

/** So many of them have left, and are staged. */
async function leave(count: number): Promise<void> {
  for (const { spec } of world.projections().slice(0, count)) world.hub.softDelete(spec.source.objectId);
  await replicated(world);
  await world.sync();
}

describe('F5 tenantsync status', () => {
  it('shows each pair and configuration, and nothing to do where all is well', async () => {
    await company();
    const { status, out } = await run('status');
    expect(status).toBe(0);
    const lines = out.split('\n').filter((line) => /hub-to-spoke|staff/.test(line));
    expect(lines[0]).toMatch(/TenantPair +hub-to-spoke +True +Succeeded/);
    expect(lines[1]).toMatch(/SyncConfiguration +staff +True +Succeeded +10 +10 +0/);
    expect(out).not.toContain('next:');
  });

  it('puts problems first, with the command that leads on', async () => {
    await company();
    await leave(4);
    const { out } = await run('status');
    expect(out.split('\n')[1]).toMatch(/SyncConfiguration +staff +False +DeletionsStaged/);
    expect(out).toContain(`next: kubectl tenantsync approve staff -n ${namespace}`);
    const all = JSON.parse((await run('status -A -o json')).out) as readonly { name: string; next?: string }[];
    expect(all.map(({ name, next }) => [name, next === undefined])).toEqual([
      ['staff', false],
      ['hub-to-spoke', true],
    ]);
  });
});

describe('F5 tenantsync who, history and tree', () => {
  it('find a person by name whatever the case, by object id of either side, and say why', async () => {
    await company();
    const record = world.projections().find(({ spec }) => spec.source.userPrincipalName === 'person3@contoso.com');
    const account = record?.status.targetUser?.objectId ?? '';
    for (const name of ['PERSON3@contoso.com', record?.spec.source.objectId ?? '', account]) {
      const { status, out } = await run(`who ${name}`);
      expect(status).toBe(0);
      expect(out).toContain(`person3@contoso.com, by configuration ${namespace}/staff`);
      expect(out).toContain('state     Provisioned');
      expect(out).toContain(`account   ${account} (Created)`);
    }
    expect((await run(`who --target ${record?.spec.source.objectId ?? ''}`)).status).toBe(1);
    const nobody = await run('who nobody@contoso.com');
    expect(nobody).toMatchObject({ status: 1, notes: expect.stringContaining('No source knows anybody of that name') as string });
    expect(nobody.out).toContain('Failed (UserNotFound)');
  });

  it('tell what happened, of whom, and what alone', async () => {
    await company();
    await leave(1);
    await world.until('one is gone', () => guests(world).length === 9);
    await world.run(minute);
    const { out } = await run('history --since 24h --action delete');
    expect(out.split('\n')).toHaveLength(2);
    expect(out).toMatch(/staff +person\d@contoso.com +delete +success/);
    expect((await run('history --since 1s')).out).toBe('Nothing happened that a record tells of.');
    expect((await run('tree')).out).toContain('9 Provisioned');
  });
});

describe('F5 tenantsync -o wide', () => {
  it('shows more of each, and every command that reads takes it', async () => {
    await company();
    expect((await run('status -o wide')).out).toMatch(/staff +True +Succeeded .* hub-to-spoke +Apply +\S+ +20\S+Z +0 +0 +0 +0/);
    for (const line of ['tree', 'who person1@contoso.com', 'history', 'decisions', 'explain person1@contoso.com'])
      expect({ line, status: (await run(`${line} -o wide`)).status }).toEqual({ line, status: 0 });
    expect((await run('history -o wide')).out).toMatch(new RegExp(`^TIME +NAMESPACE .*\\n\\S+ +${namespace} +staff`));
    expect((await run('explain person1@contoso.com -o wide')).out).toMatch(/Mapping +Mapped +jobTitle from source jobTitle: no value\n/);
    const { pairs } = JSON.parse((await run('tree -o json')).out) as { readonly pairs: readonly object[] };
    expect(pairs).toMatchObject([{ name: 'hub-to-spoke', configurations: [{ name: 'staff', users: { Provisioned: 10 } }] }]);
  });

  it('history says in which cycle, and who approved', async () => {
    await company();
    await leave(4);
    await run('approve staff --yes');
    await world.until('they are gone', () => guests(world).length === 6);
    await world.run(minute);
    const [decided] = world.configuration().status.deletionDecisions ?? [];
    const { out } = await run('history --action delete');
    const rows = out.split('\n').slice(1);
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row).toContain(`${decided?.by ?? ''} (unverified)   ${decided?.token ?? ''}`);
    const [created] = JSON.parse((await run('history --action create -o json')).out) as readonly { readonly cycleId?: string }[];
    expect(created?.cycleId).toMatch(/^[0-9a-f-]{36}$/);
    expect(created).not.toHaveProperty('approvedBy');
    expect((await run('decisions')).out).toMatch(/Approved \(4 staged\) +4 Deleted +Done/);
    expect((await run('report')).out).toContain(`<td>${decided?.by ?? ''} (unverified)</td>`);
  });

  it('status shows the name that stands at a place of the spec', async () => {
    world = new World();
    hire(world, 1);
    await replicated(world);
    await world.begin({ scope: { type: 'Assigned', users: [{ userPrincipalName: 'nobody@contoso.com' }] } });
    await world.run(minute);
    expect((await run('status')).out).toContain('spec.scope.users[0] ("nobody@contoso.com"): the source has no user');
  });
});

describe('F5 tenantsync check', () => {
  it('looks at both tenants from here with the credentials of the pair, and writes nothing', async () => {
    await company();
    const before = world.spoke.log.writes().length + world.hub.log.writes().length;
    const { status, out, notes } = await run('check hub-to-spoke');
    expect({ status, notes }).toEqual({ status: 0, notes: '' });
    for (const type of ['Ready', 'SourceConnected', 'TargetConnected', 'PermissionsGranted', 'UserSyncAllowed', 'AutomaticRedemption'])
      expect(out).toMatch(new RegExp(`${type} +True`));
    expect(out).toContain('(contoso.com)');
    expect(world.spoke.log.writes().length + world.hub.log.writes().length).toBe(before);
  });

  it('fails with what is missing, and shows no secret', async () => {
    await company();
    world.spoke.policies.setUserSync(world.hub.tenantId, false);
    const stopped = await run('check hub-to-spoke');
    expect(stopped.status).toBe(1);
    expect(stopped.out).toMatch(/Ready +False +UserSyncNotAllowed/);
    world.kube.delete({ kind: 'Secret', name: secretName(), namespace });
    const { status, notes, out } = await run('check hub-to-spoke');
    expect(status).toBe(1);
    expect(notes).toContain('SecretNotFound');
    expect(out).toBe('');
    expect((await run('check nowhere')).status).toBe(1);
  });
});

describe('F5 tenantsync report', () => {
  it('is one file of HTML that loads nothing, with what stands, waits, failed and was decided', async () => {
    await company();
    await leave(4);
    const { status, out } = await run('report');
    expect(status).toBe(0);
    expect(out).toMatch(/^<!doctype html>/);
    expect(out).not.toMatch(/<script|<link|<img|https?:|url\(|@import/i);
    expect(out).toContain("default-src 'none'");
    expect(out).toContain('Waiting for a decision (4)');
    expect(out).toContain('SoftDelete, Deleted');
    expect(out).toContain('person1@contoso.com');
    await run('reject staff --yes');
    expect((await run('report staff')).out).toMatch(/<td>Rejected \(4 staged\)<\/td><td>Done<\/td>/);
  });

  it('names nobody for whoever may not read records, and everybody for whoever may', async () => {
    await company();
    await leave(4);
    expect((await run('report')).out).toMatch(/person\d@contoso.com/);
    world.kube.faults.add({
      match: { method: 'GET', path: /\/userprojections|\/groupprojections/ },
      times: Infinity,
      effect: { status: 403, reason: 'Forbidden' },
    });
    for (const form of ['html', 'json', 'yaml']) {
      const { status, out, notes } = await run(`report -o ${form}`);
      expect([status, notes]).toEqual([0, expect.stringContaining('there will be numbers and no people')]);
      expect(out).not.toMatch(/person\d/i);
    }
    expect((await run('approve staff')).out).not.toMatch(/person\d/i);
  });

  it('shows what somebody has written as text, and never as markup', async () => {
    await company();
    const [record] = world.projections();
    const name = '<img src=x onerror=alert(1)>"&\'@contoso.com';
    world.hub.updateUser(record?.spec.source.objectId ?? '', { userPrincipalName: name });
    await replicated(world);
    await world.sync();
    const { out } = await run('report');
    expect(out).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&amp;&#39;@contoso.com');
    expect(out).not.toContain('<img');
  });

  it('is about one person, or says that there is none', async () => {
    await company();
    const { out } = await run('report PERSON3@contoso.com -o json');
    const report = JSON.parse(out) as { readonly happened: readonly { readonly user: string }[] };
    expect(new Set(report.happened.map(({ user }) => user))).toEqual(new Set(['person3@contoso.com']));
    expect(await run('report nobody@contoso.com')).toMatchObject({ status: 1, out: '' });
  });
});

describe('F5 tenantsync approve and reject', () => {
  it('show the set, ask, decide about exactly it, and wait', async () => {
    await company();
    await leave(4);
    const declined = await run('approve staff', 'n');
    expect(declined).toMatchObject({ status: 1, notes: 'tenantsync: Nothing was decided.' });
    expect(declined.out).toMatch(/4 × SoftDelete, Deleted:\n( {2}person\d@contoso.com\n){4}4 in all, 40 %/);
    expect(guests(world)).toHaveLength(10);
    const nobody = await run('approve staff');
    expect(nobody.status).toBe(2);
    expect(nobody.notes).toContain('--yes');
    const { status, out } = await run('approve staff', 'y');
    expect(status).toBe(0);
    expect(out).toContain('SyncConfiguration staff: Approved.');
    await world.until('they are gone', () => guests(world).length === 6);
    expect((await run('decisions')).out).toMatch(/staff +Approved \(4 staged\) +4 Deleted +Done +\S+ \(unverified\)/);
    expect((await run('approve staff --yes')).out).toContain('nothing waits for a decision');
  });

  it('decide about creations that wait as well', async () => {
    world = new World();
    hire(world, 6);
    await replicated(world);
    await world.begin({ deprovisioning: { guard: { creations: 2 } } });
    await world.until('four wait', () => world.configuration().status.stagedCreations?.count === 4);
    expect((await run('status')).out).toMatch(/CreationsStaged[^]*next: kubectl tenantsync approve staff/);
    expect((await run('decisions')).out).toContain('waits (4 creations)');
    const { status, out } = await run('approve staff', 'yes');
    expect(status).toBe(0);
    expect(out).toMatch(/4 × Create:\n( {2}person\d@contoso.com\n){4}4 in all. These people will be invited./);
    await world.until('they are there', () => guests(world).length === 6);
  });

  it('decide about both sets, also where nobody waits for the end', async () => {
    await company({ creations: 10 });
    for (const { spec } of world.projections().slice(0, 4)) world.hub.softDelete(spec.source.objectId);
    hire(world, 3, 'later');
    await replicated(world);
    await world.sync();
    await world.until('both wait', () => {
      const { stagedDeletions, stagedCreations } = world.configuration().status;
      return stagedDeletions?.count === 4 && stagedCreations?.count === 3;
    });
    expect(await run('reject staff --yes --no-wait')).toMatchObject({ status: 0 });
    await world.run(10 * minute);
    expect(guests(world)).toHaveLength(10);
    expect((await run('decisions')).out).not.toContain('waits');
  });

  it('fail where somebody else has decided otherwise', async () => {
    await company();
    await leave(4);
    const token = world.configuration().status.stagedDeletions?.token;
    world.annotate('SyncConfiguration', 'staff', { [annotations.rejectDeletions]: token ?? '' });
    const other = await run('approve staff --yes');
    expect(other).toMatchObject({ status: 1, notes: expect.stringContaining('it was rejected') as string });
    expect(guests(world)).toHaveLength(10);
  });

  it('reject keeps everybody', async () => {
    await company();
    await leave(4);
    expect((await run('reject staff --yes')).out).toContain('SyncConfiguration staff: Rejected.');
    await world.run(5 * minute);
    expect(guests(world)).toHaveLength(10);
  });
});

describe('F5 tenantsync sync, restart, suspend, resume and wait', () => {
  it('run a cycle and say how it ended', async () => {
    await company();
    hire(world, 1, 'later');
    await replicated(world);
    const { status, out } = await run('sync staff');
    expect(status).toBe(0);
    expect(out).toContain('SyncConfiguration staff: Succeeded, create 1.');
    expect(guests(world)).toHaveLength(11);
    expect(await run('restart staff')).toMatchObject({ status: 0 });
    expect(world.configuration().status.lastCycle?.kind).toBe('Full');
  });

  it('say that nothing runs while it is suspended, and go on', async () => {
    await company();
    expect((await run('suspend staff')).out).toContain('is suspended: nothing is written');
    expect(condition(world.configuration())?.reason).toBe('Suspended');
    const asked = await run('sync staff --timeout 1m');
    expect(asked.status).toBe(1);
    expect(asked.notes).toContain('kubectl tenantsync resume staff');
    expect((await run('resume staff')).out).toContain('goes on');
    expect(await run('wait staff --timeout 5m')).toMatchObject({ status: 0 });
    expect(await run('suspend tenantpair/hub-to-spoke')).toMatchObject({ status: 0 });
    await run('suspend staff');
    const below = await run('resume staff --timeout 1m');
    expect([below.status, below.out]).toEqual([0, expect.stringContaining('kubectl tenantsync resume tenantpair/hub-to-spoke')]);
    expect(condition(world.pair())?.reason).toBe('Suspended');
    expect(await run('resume tenantpair/hub-to-spoke')).toMatchObject({ status: 0 });
  });

  it('wait for what the operator says of this change, not of the one before', async () => {
    await company();
    expect((await run('suspend staff')).status).toBe(0);
    await world.stopOperator();
    await run('resume staff --no-wait');
    // The condition is still that of the first suspension, and nobody is there to see the second.
    expect((await run('suspend staff --timeout 5s')).status).toBe(3);
  });

  it('say that nobody has seen a suspension while the operator is away', async () => {
    await company();
    await world.stopOperator();
    const { status, notes } = await run('suspend staff --timeout 10s');
    expect([status, notes]).toEqual([3, expect.stringContaining('Timed out')]);
    expect(world.configuration().spec.suspend).toBe(true);
    expect((await run('resume staff --no-wait')).out).toContain('goes on');
  });

  it('say that no cycle was run where the spec is not valid', async () => {
    await company();
    world.kube.patch(
      { kind: 'SyncConfiguration', name: 'staff', namespace },
      { spec: { attributeMappings: [{ target: 'displayName', expression: 'NoSuch([mail])' }] } },
    );
    await world.until('it is said', () => world.configuration().status.conditions?.some(({ type }) => type === 'Stalled') === true);
    const { status, notes } = await run('sync staff');
    expect(status).toBe(1);
    expect(notes).toContain('no cycle was run');
  });

  it('time out with 3, and say how it stands', async () => {
    await company();
    await world.stopOperator();
    const { status, notes } = await run('sync staff --timeout 5s');
    expect(status).toBe(3);
    expect(notes).toContain('Timed out. Ready=True');
  });
});

describe('F5 tenantsync explain and provision', () => {
  it('say why somebody without a record is not there, and write nothing', async () => {
    await company();
    world.hub.createUser({ userPrincipalName: 'gast@contoso.com', properties: { displayName: 'Gast', userType: 'Guest' } });
    await replicated(world);
    const before = world.spoke.log.writes().length;
    const { status, out } = await run('explain GAST@contoso.com');
    expect(status).toBe(0);
    expect(out).toMatch(/by configuration \S+\/staff of pair hub-to-spoke: Skipped \(NotInternalMember\)/);
    expect(out).toMatch(/Import +NotInternalMember/);
    expect(world.spoke.log.writes()).toHaveLength(before);
    const [answer] = JSON.parse((await run('explain person1@contoso.com -c staff -o json')).out) as readonly {
      results: readonly object[];
    }[];
    expect(answer?.results).toMatchObject([{ user: 'person1@contoso.com', result: 'Unchanged' }]);
  });

  it('find somebody by mail, and by the id of the account, and say how the record stands', async () => {
    await company();
    const [first] = world.projections();
    const { id } = world.hub.createUser({
      userPrincipalName: 'elsa@contoso.com',
      properties: { displayName: 'Elsa', mail: 'elsa.berg@contoso.com', userType: 'Guest' },
    });
    await replicated(world);
    const byMail = await run('explain ELSA.berg@contoso.com');
    expect([byMail.status, byMail.out]).toEqual([0, expect.stringContaining('Skipped (NotInternalMember)')]);
    expect((await run(`explain ${id}`)).out).toContain('Skipped (NotInternalMember)');
    const byAccount = await run(`explain ${first?.status.targetUser?.objectId ?? ''} -A`);
    expect(byAccount.status).toBe(0);
    expect(byAccount.out).toMatch(/Record +Provisioned +for \d+\w; UserCreated/);
    expect(byAccount.out).toMatch(/Matching +Linked/);
    // A second user with that mail: nobody can tell who is meant.
    world.hub.createUser({ userPrincipalName: 'other@contoso.com', properties: { displayName: 'Other', mail: 'elsa.berg@contoso.com' } });
    await replicated(world);
    expect((await run('explain elsa.berg@contoso.com')).out).toContain('UserNotFound');
    expect((await run('provision staff elsa.berg@contoso.com')).status).toBe(1);
  });

  it('who asks the configurations about somebody without a record', async () => {
    await company();
    world.hub.createUser({ userPrincipalName: 'gast@contoso.com', properties: { displayName: 'Gast', userType: 'Guest' } });
    await replicated(world);
    const { status, out, notes } = await run('who Gast@contoso.com');
    expect([status, notes.split('\n')[0]]).toEqual([0, 'Nobody of that name has a record here; the configurations are asked.']);
    expect(out).toMatch(/Import +NotInternalMember/);
  });

  it('ask each configuration though one does not answer', async () => {
    await company();
    world.applyConfiguration({}, 'another');
    await world.stopOperator();
    const { status, notes } = await run('explain person1@contoso.com --timeout 2s');
    expect(status).toBe(3);
    expect(notes.match(/tenantsync: \S+\/(staff|another): Timed out/g)).toHaveLength(2);
  });

  it('provision somebody ahead of everything, and say how it went', async () => {
    await company();
    hire(world, 1, 'new');
    await replicated(world);
    const { status, out } = await run('provision staff new0@contoso.com');
    expect(status).toBe(0);
    expect(out).toContain('new0@contoso.com, by configuration staff: Created');
    expect(guests(world)).toHaveLength(11);
    const gone = await run('provision staff nobody@contoso.com');
    expect(gone).toMatchObject({ status: 1, notes: expect.stringContaining('1 of 1 failed.') as string });
    expect((await run('provision staff a,b')).status).toBe(2);
  });
});

describe('G8 tenantsync plan', () => {
  it('lists what would be done and for whom, with 2 where there is something, as diff does', async () => {
    world = new World();
    hire(world, 3);
    await replicated(world);
    await world.begin({ mode: 'Plan' });
    await world.until('it is planned', () => world.projections().filter(({ status }) => status.plan?.operation === 'Create').length === 3);
    await world.run(minute);
    const { status, out, notes } = await run('plan staff');
    expect([status, notes]).toEqual([2, '']);
    expect(out).toMatch(/Create +person0@contoso.com/);
    expect(out).toContain('3 Create');
    expect(guests(world)).toHaveLength(0);
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { mode: 'Apply' } });
    await world.until('everybody is there', () => guests(world).length === 3);
    expect(await run('plan staff')).toMatchObject({ status: 1, notes: expect.stringContaining('is in mode Apply') as string });
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { mode: 'Plan' } });
    await world.run(5 * minute);
    expect(await run('plan staff')).toMatchObject({ status: 0, out: 'Nothing would change.' });
  });

  const manifest = (spec: object, metadata: object = {}): string =>
    dump({ apiVersion: 'tenantsync.dev/v1alpha1', kind: 'SyncConfiguration', metadata: { name: 'staff', ...metadata }, spec });
  /** What is in the cluster, with a change. */
  const changed = (change: object): string => manifest({ ...world.configuration().spec, ...change });
  const names = (): readonly (string | undefined)[] => world.kube.list('SyncConfiguration').map(({ metadata }) => metadata.name);

  it('of a file is that of a preview, which is made, read and removed: old and new, sums, and what the guard would say', async () => {
    await company();
    const before = world.spoke.log.writes().length;
    files.set('staff.yaml', `kind: ConfigMap\n---\n${changed({ attributeMappings: [{ target: 'jobTitle', constant: 'Engineer' }] })}`);
    const renamed = await run('plan -f staff.yaml');
    expect(renamed.status).toBe(2);
    expect(renamed.out).toMatch(/Update +person0@contoso.com +jobTitle: \(nothing\) → Engineer/);
    expect(renamed.out).toContain('10 Update');
    files.set('staff.yaml', changed({ scope: { type: 'Assigned', users: [{ userPrincipalName: 'person0@contoso.com' }] } }));
    const left = await run('plan -f staff.yaml -o json');
    expect(left.status).toBe(2);
    expect(JSON.parse(left.out)).toMatchObject({ planned: { delete: 9, none: 1, guard: { result: 'Staged', count: 9, percent: 90 } } });
    expect((await run('plan -f staff.yaml')).out).toContain(
      'Guard: 9 deletion(s) and block(s), 90 % of the accounts; they would wait for a decision.',
    );
    files.set('staff.yaml', changed({}));
    expect(await run('plan -f staff.yaml')).toMatchObject({ status: 0, out: 'Nothing would change.' });
    files.set('staff.yaml', manifest({ ...world.configuration().spec, scope: { type: 'All' } }, { name: 'new' }));
    // Beside nobody it would claim people, and keep whoever is applied next from them.
    const unheardOf = await run('plan -f staff.yaml');
    expect([unheardOf.status, unheardOf.notes]).toEqual([1, expect.stringContaining('applied with mode: Plan')]);
    await world.run(minute);
    expect(names()).toEqual(['staff']);
    expect(world.projections()).toHaveLength(10);
    expect(world.spoke.log.writes()).toHaveLength(before);
  });

  it('of a file leaves no preview behind though the answer to its making is lost', async () => {
    await company();
    files.set('staff.yaml', changed({}));
    world.kube.faults.add({ match: { method: 'POST', path: /syncconfigurations/ }, effect: 'dropAfter', times: 1 });
    expect((await run('plan -f staff.yaml')).status).toBe(1);
    await world.run(minute);
    expect(names()).toEqual(['staff']);
  });

  it('of a file that cannot be used says why, and leaves nothing behind', async () => {
    await company();
    const bad = async (text: string, line = 'plan -f staff.yaml'): Promise<Ran> => {
      files.set('staff.yaml', text);
      const ran = await run(line);
      await world.run(minute);
      expect(names()).toEqual(['staff']);
      return ran;
    };
    expect(await bad('a: [')).toMatchObject({ status: 2, notes: expect.stringContaining('is no YAML') as string });
    expect(await bad('kind: Secret')).toMatchObject({ status: 2, notes: expect.stringContaining('has 0 SyncConfigurations') as string });
    expect(await bad(`${changed({})}\n---\n${changed({})}`)).toMatchObject({
      status: 2,
      notes: expect.stringContaining('has 2') as string,
    });
    expect(await bad(manifest({}, { name: 7 }))).toMatchObject({ status: 2, notes: expect.stringContaining('metadata.name') as string });
    expect(await bad(manifest({ ...world.configuration().spec }, { namespace: 'other' }), 'plan -f staff.yaml -n identity')).toMatchObject({
      status: 2,
      notes: expect.stringContaining('The file is of namespace other') as string,
    });
    const refused = await bad(changed({ interval: '1y' }));
    expect([refused.status, refused.notes]).toEqual([1, expect.stringContaining('interval')]);
    const broken = await bad(changed({ attributeMappings: [{ target: 'jobTitle', expression: 'Nope([mail])' }] }));
    expect([broken.status, broken.notes]).toEqual([1, expect.stringContaining('Nope')]);
    expect(await bad('', 'plan staff -f staff.yaml')).toMatchObject({ status: 2 });
    expect(await bad('', 'plan')).toMatchObject({ status: 2 });
  });

  it('is not said to be there before a cycle has made it, or of a former spec', async () => {
    world = new World();
    hire(world, 3);
    await replicated(world);
    world.applyPair();
    world.applyConfiguration({ mode: 'Plan', suspend: true });
    await world.startOperator();
    await world.run(minute);
    const none = { status: 1, out: '', notes: expect.stringContaining('has no plan yet of what its spec says now') as string };
    expect(await run('plan staff')).toMatchObject(none);
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { suspend: false } });
    await world.run(5 * minute);
    expect(await run('plan staff')).toMatchObject({ status: 2 });
    await world.stopOperator();
    world.kube.patch({ kind: 'SyncConfiguration', name: 'staff', namespace }, { spec: { scope: { type: 'Assigned', users: [] } } });
    expect(await run('plan staff')).toMatchObject(none);
  });
});

describe('F5 tenantsync version', () => {
  it('says the version of the command, and of the operators of the cluster', async () => {
    world = new World();
    expect(await run('version --client')).toEqual({ status: 0, out: '0.1.0', notes: '' });
    const { status, out } = await run('version');
    expect([status, out.split('\n')[0]]).toEqual([0, '0.1.0']);
  });
});

describe('F5 wrong use', () => {
  it.each([
    ['status --all', 'unknown option'],
    ['sync', 'missing required argument'],
    ['history --since yesterday', 'is no duration'],
    ['suspend pod/x', 'is no kind'],
    ['completion powershell', 'use bash, zsh or fish'],
    ['status -o xml', 'Allowed choices are wide, json, yaml'],
    ['sync staff -A', 'unknown option'],
    ['report staff --parity staff', 'name no other'],
    ['report --parity staff -A', 'Name one namespace with -n'],
    ['handover', 'missing required argument'],
  ])('%s ends with 2 and says why', async (line, why) => {
    world = new World();
    const { status, out, notes } = await run(line);
    expect([status, out]).toEqual([2, '']);
    expect(notes).toContain(why);
  });

  it('of a name that is not there says what there is', async () => {
    world = new World();
    const { status, notes } = await run('sync nothing');
    expect(status).toBe(1);
    expect(notes).toContain('kubectl tenantsync status -A shows what there is');
  });

  it('--help has an example for each verb', async () => {
    world = new World();
    for (const verb of clientVerbs) {
      const { status, out } = await run(`${verb} --help`);
      expect(status).toBe(0);
      expect(out).toMatch(new RegExp(`Example:\\n +(kubectl )?tenantsync ${verb}`));
    }
  });
});
