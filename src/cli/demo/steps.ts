import type { Day, Step } from './day.ts';

const staff = 'contoso-staff';
const projects = 'contoso-projects';

const link = (day: Day, configuration: string, id: string): string | undefined =>
  day.projection(configuration, id)?.status.targetUser?.objectId;

function must(condition: boolean, expected: string): void {
  if (!condition) throw new Error(`expected, but is not so: ${expected}`);
}

/** The person most steps are about: in the middle of the organisation, so with a manager and without reports. */
const person = (day: Day): string => day.stage.organisation.people.at(-3) ?? '';

const hire: Step = {
  title: 'A hire: Zoë Nkemelu joins Contoso',
  tryIt: 'kubectl annotate synccfg contoso-staff tenantsync.dev/requested-at="$(date)" --overwrite',
  run: async (day) => {
    const { hub, fabrikam, organisation } = day.stage;
    const zoe = hub.createUser({
      userPrincipalName: 'zoe.nkemelu@contoso.com',
      managerId: organisation.people[0] ?? '',
      properties: {
        displayName: 'Zoë Nkemelu',
        givenName: 'Zoë',
        surname: 'Nkemelu',
        mail: 'zoe.nkemelu@contoso.com',
        department: 'Engineering',
        jobTitle: 'Engineer',
      },
    });
    day.remember('zoe', zoe.id);
    await day.syncUntil(staff, 'a provisioned account in Fabrikam', () => day.projection(staff, zoe.id)?.status.state === 'Provisioned');
    await day.showProjection(staff, zoe.id);
    day.showAccount(fabrikam, link(day, staff, zoe.id), ['displayName', 'userType', 'department', 'companyName']);
    must(fabrikam.usersByAddress('zoe.nkemelu@contoso.com').length === 1, 'exactly one account of the hire');
  },
};

const rename: Step = {
  title: 'A rename: Zoë marries, and her UPN and mail change',
  tryIt: 'kubectl describe uproj <name>   # the history names the attributes that were written',
  run: async (day) => {
    const { hub, fabrikam } = day.stage;
    const id = day.recall('zoe');
    const before = link(day, staff, id);
    hub.updateUser(id, {
      displayName: 'Zoë Okafor',
      surname: 'Okafor',
      userPrincipalName: 'zoe.okafor@contoso.com',
      mail: 'zoe.okafor@contoso.com',
    });
    await day.syncUntil(staff, 'the new name in Fabrikam', () => day.account(fabrikam, staff, id)?.properties.displayName === 'Zoë Okafor');
    day.showAccount(fabrikam, before, ['displayName', 'mail', 'userPrincipalName']);
    must(link(day, staff, id) === before, 'the same account as before');
  },
};

const manager: Step = {
  title: 'A manager change',
  tryIt: 'kubectl get uproj -l tenantsync.dev/configuration=contoso-staff -o wide',
  run: async (day) => {
    const { hub, fabrikam, organisation } = day.stage;
    const id = day.recall('zoe');
    const boss = organisation.people[1] ?? '';
    hub.setManager(id, boss);
    await day.syncUntil(staff, 'the new manager in Fabrikam', () => day.account(fabrikam, staff, id)?.managerId === link(day, staff, boss));
    day.print(`The manager of ${link(day, staff, id) ?? ''} in Fabrikam is now ${day.account(fabrikam, staff, id)?.managerId ?? ''}.`);
  },
};

const block: Step = {
  title: 'A sign-in block: somebody is suspended',
  tryIt: 'kubectl get uproj --field-selector status.state=Blocked',
  run: async (day) => {
    const { hub, fabrikam } = day.stage;
    const id = person(day);
    hub.updateUser(id, { accountEnabled: false });
    await day.syncUntil(staff, 'the block in Fabrikam', () => day.account(fabrikam, staff, id)?.properties.accountEnabled === false);
    await day.showProjection(staff, id);
    hub.updateUser(id, { accountEnabled: true });
    await day.syncUntil(staff, 'sign-in again in Fabrikam', () => day.account(fabrikam, staff, id)?.properties.accountEnabled === true);
  },
};

const leave: Step = {
  title: 'A leaver: Zoë leaves Contoso',
  tryIt: 'kubectl get uproj --field-selector status.state=SoftDeleted',
  run: async (day) => {
    const { hub, fabrikam } = day.stage;
    const id = day.recall('zoe');
    day.remember('zoe-account', link(day, staff, id) ?? '');
    hub.softDelete(id);
    await day.syncUntil(staff, 'the account in the recycle bin', () => day.projection(staff, id)?.status.state === 'SoftDeleted');
    await day.showProjection(staff, id);
    day.showAccount(fabrikam, day.recall('zoe-account'), ['displayName']);
    must(fabrikam.user(day.recall('zoe-account'))?.deletedAt !== null, 'the account is soft-deleted');
  },
};

const comeBack: Step = {
  title: 'A return: Zoë comes back, to the same account',
  tryIt: 'kubectl wait --for=condition=Ready uproj/<name>',
  run: async (day) => {
    const { hub, fabrikam } = day.stage;
    const id = day.recall('zoe');
    hub.restore(id);
    await day.syncUntil(staff, 'the restored account', () => day.projection(staff, id)?.status.state === 'Provisioned');
    await day.showProjection(staff, id);
    day.showAccount(fabrikam, day.recall('zoe-account'), ['displayName', 'mail']);
    must(day.account(fabrikam, staff, id)?.id === day.recall('zoe-account'), 'the same object id as before');
  },
};

async function emptied(day: Day, group: string): Promise<readonly string[]> {
  const { hub } = day.stage;
  const id = day.recall(group);
  const members = [...(hub.group(id)?.members ?? [])];
  for (const member of members) hub.removeMember(id, member);
  await day.syncUntil(projects, 'the removals are staged', () => (day.configuration(projects).status.stagedDeletions?.count ?? 0) > 0);
  await day.showConfigurations();
  const staged = day.configuration(projects).status.stagedDeletions;
  day.print(
    `status.stagedDeletions of ${projects}: count ${staged?.count ?? 0}, percent ${staged?.percent ?? 0}, token ${staged?.token ?? ''}`,
  );
  return members;
}

const mistake: Step = {
  title: 'A mistake: somebody empties the group Project Falcon; the guard stages the removals, and they are rejected',
  tryIt: 'kubectl annotate synccfg contoso-projects tenantsync.dev/reject-deletions=<token>',
  run: async (day) => {
    const { hub, tailspin } = day.stage;
    const before = tailspin.users().length;
    const members = await emptied(day, 'Project Falcon');
    day.annotate(projects, { 'tenantsync.dev/reject-deletions': day.configuration(projects).status.stagedDeletions?.token ?? '' });
    await day.until('the rejection is carried out', () => day.configuration(projects).status.lastHandledDeletionDecision?.state === 'Done');
    for (const member of members) hub.addMember(day.recall('Project Falcon'), member);
    await day.syncUntil(projects, 'nothing is staged', () => day.configuration(projects).status.stagedDeletions === undefined);
    must(tailspin.users().length === before, 'nobody was deleted');
    day.print(`Rejected. Tailspin Toys still has its ${before} accounts.`);
  },
};

const purpose: Step = {
  title: 'On purpose: Project Osprey ends; the same thing is approved',
  tryIt: 'kubectl annotate synccfg contoso-projects tenantsync.dev/approve-deletions=<token>',
  run: async (day) => {
    const { tailspin } = day.stage;
    const members = (await emptied(day, 'Project Osprey')).filter((id) => link(day, projects, id) !== undefined);
    day.annotate(projects, { 'tenantsync.dev/approve-deletions': day.configuration(projects).status.stagedDeletions?.token ?? '' });
    await day.until('the accounts are deleted', () => members.every((id) => day.projection(projects, id)?.status.state === 'SoftDeleted'));
    must(tailspin.deletedUsers().length === members.length, 'exactly the members of the group were deleted');
    day.print(
      `Approved by ${day.configuration(projects).status.lastHandledDeletionDecision?.by ?? 'somebody'}. ${members.length} accounts are in the recycle bin of Tailspin Toys.`,
    );
    await day.showConfigurations();
  },
};

const refused: Step = {
  title: 'A refusal: an internal user of Fabrikam already has the address of a hire',
  tryIt: 'kubectl get uproj --field-selector status.state=Conflict',
  run: async (day) => {
    const { hub, fabrikam } = day.stage;
    fabrikam.createUser({
      userPrincipalName: 'sam@fabrikam.com',
      properties: { displayName: 'Sam Rivera', otherMails: ['sam.rivera@contoso.com'] },
    });
    const sam = hub.createUser({
      userPrincipalName: 'sam.rivera@contoso.com',
      properties: { displayName: 'Sam Rivera', mail: 'sam.rivera@contoso.com' },
    });
    await day.syncUntil(staff, 'the conflict is reported', () => day.projection(staff, sam.id)?.status.state === 'Conflict');
    await day.showProjection(staff, sam.id);
    day.print(day.projection(staff, sam.id)?.status.conditions?.find((condition) => condition.type === 'Ready')?.message ?? '');
  },
};

const plan: Step = {
  title: 'A plan: what would a new mapping do? mode: Plan decides everything and writes nothing',
  tryIt: 'kubectl patch synccfg contoso-projects --type merge -p \'{"spec":{"mode":"Plan"}}\'',
  run: async (day) => {
    const { kube, tailspin } = day.stage;
    const writes = tailspin.log.writes().length;
    const before = day.configuration(projects).status.lastCycle?.id;
    kube.patch(
      { kind: 'SyncConfiguration', name: projects, namespace: 'identity' },
      { spec: { mode: 'Plan', attributeMappings: [{ target: 'companyName', constant: 'Contoso Ltd' }] } },
    );
    await day.until('a plan cycle', () => {
      const { lastCycle } = day.configuration(projects).status;
      return lastCycle?.id !== before && lastCycle?.result === 'Succeeded' && (lastCycle.planned?.update ?? 0) > 0;
    });
    await day.showConfigurations();
    day.print(`status.lastCycle.planned of ${projects}: ${JSON.stringify(day.configuration(projects).status.lastCycle?.planned)}`);
    must(tailspin.log.writes().length === writes, 'nothing was written to Tailspin Toys');
  },
};

/** The working day, in order. */
export const steps: readonly Step[] = [hire, rename, manager, block, leave, comeBack, mistake, purpose, refused, plan];
