import { accountProblems, cutEverywhere, cutPointFlags, readyProblems, type CutPath, type ExpectedPerson } from '../support/cut-points.ts';
import type { SandboxGroup, SandboxUser } from '@tenantsync/sandbox/entra';
import { hire } from '../support/people.ts';
import { World } from '../support/world.ts';

const minute = 60_000;

/** Searches lag further behind than it takes a new process to begin, so that it does not see at once what became of a lost write. */
const lagging = {
  latency: { min: 10, max: 40 },
  replication: { reads: { min: 0, max: 20_000 }, advanced: { min: 20_000, max: 40_000 }, delta: { min: 0, max: 3000 } },
};

interface Scene {
  readonly people: Readonly<Record<string, SandboxUser>>;
  /** Object ids of the accounts at the point from which requests count. */
  readonly accounts: Readonly<Record<string, string | undefined>>;
  readonly group: SandboxGroup | undefined;
}

interface SetUp {
  readonly names?: readonly string[];
  readonly configuration?: Parameters<World['begin']>[0];
  /** Assigns these people through a group instead of everybody. */
  readonly members?: readonly string[];
  /** Before the operator starts for the first time. */
  readonly before?: (world: World, people: Scene['people']) => void;
  /** After the first cycle; then the world comes to rest once more. */
  readonly after?: (world: World, people: Scene['people']) => Promise<void> | void;
}

const ids = (people: Scene['people'], names: readonly string[]): readonly string[] => names.map((name) => people[name]?.id ?? '');

/** A world whose people are provisioned and which has come to rest. */
async function settled(options: SetUp = {}): Promise<{ readonly world: World; readonly scene: Scene }> {
  const world = new World({ settings: lagging, flags: cutPointFlags });
  const people = Object.fromEntries(
    (options.names ?? ['ana', 'ben', 'eva']).map((name) => [name, hire(world, name, { jobTitle: 'Engineer' })]),
  );
  const group = options.members && world.hub.createGroup({ displayName: 'Staff', members: ids(people, options.members) });
  options.before?.(world, people);
  await world.run(40_000);
  await world.begin({
    interval: '1m',
    ...(group ? { scope: { type: 'Assigned', groups: [{ id: group.id }] } } : {}),
    ...options.configuration,
  });
  await world.run(3 * minute);
  if (options.after) {
    await options.after(world, people);
    await world.run(3 * minute);
  }
  const accounts = Object.fromEntries(
    Object.entries(people).map(([name, user]) => [name, world.projection(user.id)?.status.targetUser?.objectId]),
  );
  return { world, scene: { people, accounts, group } };
}

function userOf(scene: Scene, name: string): SandboxUser {
  const user = scene.people[name];
  if (!user) throw new Error(`no ${name}`);
  return user;
}

function person(scene: Scene, name: string, state: ExpectedPerson['state'], more: Partial<ExpectedPerson> = {}): ExpectedPerson {
  return { user: userOf(scene, name), state, accountId: scene.accounts[name], ...more };
}

const engineer = { properties: { jobTitle: 'Engineer', userType: 'Member' } };

/** While nobody watches, ben gets another title: whatever the killed process had read, it must not be missed. */
const benIsPromoted = (world: World, scene: Scene): void => void world.hub.updateUser(userOf(scene, 'ben').id, { jobTitle: 'Lead' });
const ben = (scene: Scene, interrupted: boolean): ExpectedPerson =>
  person(scene, 'ben', 'Provisioned', { properties: { jobTitle: interrupted ? 'Lead' : 'Engineer' } });

/** No account was ever invited twice. */
const invitedOnce =
  (count: number) =>
  (world: World): readonly string[] => {
    const sent = world.spoke.log.count('POST /invitations', 201);
    return sent > count ? [`${sent} invitations for ${count} people`] : [];
  };

const noneDeleted = (world: World): readonly string[] =>
  world.spoke.deletedUsers().length > 0 ? ['somebody was deleted without an approval'] : [];

/** Approves what is staged once all of it is, as an administrator would who looks at the count. */
function approve(world: World, count: number): void {
  const staged = world.configuration().status.stagedDeletions;
  if (staged?.count !== count || staged.token === undefined) return;
  if (world.configuration().metadata.annotations?.['tenantsync.dev/approve-deletions'] === staged.token) return;
  world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/approve-deletions': staged.token });
}

const anchor = { matching: { anchor: { attribute: 'extensionAttribute14' } } };
const guard = { deprovisioning: { guard: { threshold: 2 } } };

const paths: Readonly<Record<string, CutPath<Scene>>> = {
  'the first cycle and its creations': {
    writes: ['spoke POST /invitations', 'spoke PATCH /users/{id}'],
    setUp: async () => {
      const world = new World({ settings: lagging, flags: cutPointFlags });
      const people = { ana: hire(world, 'ana', { jobTitle: 'Engineer' }), ben: hire(world, 'ben', { jobTitle: 'Engineer' }) };
      await world.run(40_000);
      world.applyPair();
      world.applyConfiguration({ interval: '1m' });
      return { world, scene: { people, accounts: {}, group: undefined } };
    },
    change: () => undefined,
    meanwhile: benIsPromoted,
    always: invitedOnce(2),
    problems: (world, scene, interrupted) => [
      ...accountProblems(world, [person(scene, 'ana', 'Provisioned', engineer), ben(scene, interrupted)]),
      ...readyProblems(world),
    ],
  },
  'a creation with an anchor': {
    writes: ['spoke POST /invitations', 'spoke PATCH /users/{id}'],
    setUp: async () => {
      const { world, scene } = await settled({ names: ['ana', 'ben'], configuration: anchor });
      return { world, scene: { ...scene, people: { ...scene.people, kim: hire(world, 'kim', { jobTitle: 'Engineer', city: 'Lyon' }) } } };
    },
    change: () => undefined,
    meanwhile: benIsPromoted,
    always: invitedOnce(3),
    problems: (world, scene, interrupted) =>
      accountProblems(world, [
        person(scene, 'ana', 'Provisioned', engineer),
        ben(scene, interrupted),
        person(scene, 'kim', 'Provisioned', { properties: { jobTitle: 'Engineer', city: 'Lyon' } }),
      ]),
  },
  'an update and a block': {
    writes: ['spoke PATCH /users/{id}'],
    setUp: () => settled(),
    change: (world, scene) => {
      world.hub.updateUser(userOf(scene, 'ana').id, { jobTitle: 'Architect', surname: 'Perez' });
      world.hub.updateUser(userOf(scene, 'eva').id, { accountEnabled: false });
    },
    meanwhile: benIsPromoted,
    always: invitedOnce(3),
    problems: (world, scene, interrupted) =>
      accountProblems(world, [
        person(scene, 'ana', 'Provisioned', { properties: { jobTitle: 'Architect', surname: 'Perez' } }),
        ben(scene, interrupted),
        person(scene, 'eva', 'Blocked'),
      ]),
  },
  'a manager who changes to somebody new': {
    writes: ['spoke POST /invitations', 'spoke PUT /users/{id}/manager/$ref'],
    setUp: async () => {
      const { world, scene } = await settled({
        names: ['ana', 'ben'],
        before: (fresh, people) => fresh.hub.setManager(people.ana?.id ?? '', people.ben?.id ?? null),
      });
      return { world, scene: { ...scene, people: { ...scene.people, kim: hire(world, 'kim') } } };
    },
    change: (world, scene) => world.hub.setManager(userOf(scene, 'ana').id, userOf(scene, 'kim').id),
    meanwhile: benIsPromoted,
    always: invitedOnce(3),
    problems: (world, scene, interrupted) =>
      accountProblems(world, [
        person(scene, 'ana', 'Provisioned', { manager: userOf(scene, 'kim') }),
        ben(scene, interrupted),
        person(scene, 'kim', 'Provisioned'),
      ]),
  },
  'a deletion': {
    writes: ['spoke DELETE /users/{id}'],
    setUp: () => settled(),
    change: (world, scene) => world.hub.softDelete(userOf(scene, 'ana').id),
    meanwhile: benIsPromoted,
    always: invitedOnce(3),
    problems: (world, scene, interrupted) =>
      accountProblems(world, [person(scene, 'ana', 'SoftDeleted'), ben(scene, interrupted), person(scene, 'eva', 'Provisioned')]),
  },
  'a deletion with an anchor': {
    writes: ['spoke PATCH /users/{id}', 'spoke DELETE /users/{id}'],
    setUp: () => settled({ configuration: anchor }),
    change: (world, scene) => world.hub.softDelete(userOf(scene, 'ana').id),
    always: invitedOnce(3),
    problems: (world, scene) =>
      accountProblems(world, [
        person(scene, 'ana', 'SoftDeleted'),
        person(scene, 'ben', 'Provisioned'),
        person(scene, 'eva', 'Provisioned'),
      ]),
  },
  'a return with a new manager': {
    writes: ['spoke POST /directory/deletedItems/{id}/restore', 'spoke PATCH /users/{id}', 'spoke PUT /users/{id}/manager/$ref'],
    setUp: () => settled({ after: (world, people) => world.hub.softDelete(people.ana?.id ?? '') }),
    change: (world, scene) => {
      world.hub.restore(userOf(scene, 'ana').id);
      world.hub.updateUser(userOf(scene, 'ana').id, { jobTitle: 'Architect' });
      world.hub.setManager(userOf(scene, 'ana').id, userOf(scene, 'eva').id);
    },
    meanwhile: benIsPromoted,
    always: invitedOnce(3),
    problems: (world, scene, interrupted) =>
      accountProblems(world, [
        person(scene, 'ana', 'Provisioned', { properties: { jobTitle: 'Architect' }, manager: userOf(scene, 'eva') }),
        ben(scene, interrupted),
        person(scene, 'eva', 'Provisioned'),
      ]),
  },
  'a cycle over a group that changes': {
    writes: ['hub GET /groups/delta', 'spoke POST /invitations', 'spoke DELETE /users/{id}'],
    setUp: () => settled({ names: ['ana', 'ben', 'eva', 'kim'], members: ['ana', 'ben', 'eva'] }),
    change: (world, scene) => {
      world.hub.addMember(scene.group?.id ?? '', userOf(scene, 'kim').id);
      world.hub.removeMember(scene.group?.id ?? '', userOf(scene, 'ana').id);
    },
    meanwhile: benIsPromoted,
    always: invitedOnce(4),
    problems: (world, scene, interrupted) =>
      accountProblems(world, [
        person(scene, 'ana', 'SoftDeleted'),
        ben(scene, interrupted),
        person(scene, 'eva', 'Provisioned'),
        person(scene, 'kim', 'Provisioned', { accountId: undefined }),
      ]),
  },
  'a full cycle after the source has forgotten the watermark': {
    writes: ['spoke DELETE /users/{id}', 'spoke PATCH /users/{id}'],
    setUp: () => settled(),
    change: (world, scene) => {
      world.entra.faults.add({ effect: 'deltaExpire', match: { operation: 'GET /users/delta' } });
      world.hub.softDelete(userOf(scene, 'ana').id);
      world.hub.updateUser(userOf(scene, 'eva').id, { jobTitle: 'Architect' });
    },
    meanwhile: benIsPromoted,
    always: invitedOnce(3),
    problems: (world, scene, interrupted) =>
      accountProblems(world, [
        person(scene, 'ana', 'SoftDeleted'),
        ben(scene, interrupted),
        person(scene, 'eva', 'Provisioned', { properties: { jobTitle: 'Architect' } }),
      ]),
  },
  'a cycle whose removals are staged': {
    writes: ['kube PATCH syncconfigurations/staff/status'],
    setUp: () => settled({ configuration: guard }),
    change: (world, scene) => {
      world.hub.softDelete(userOf(scene, 'ana').id);
      world.hub.softDelete(userOf(scene, 'eva').id);
    },
    meanwhile: benIsPromoted,
    always: noneDeleted,
    problems: (world, scene, interrupted) => [
      ...accountProblems(world, [person(scene, 'ana', 'Staged'), ben(scene, interrupted), person(scene, 'eva', 'Staged')]),
      ...(world.configuration().status.stagedDeletions?.count === 2 ? [] : ['not exactly two are staged']),
      ...readyProblems(world, 'DeletionsStaged'),
    ],
  },
  'an approval of staged removals': {
    writes: ['spoke DELETE /users/{id}'],
    setUp: () =>
      settled({
        configuration: guard,
        after: (world, people) => ids(people, ['ana', 'eva']).forEach((id) => world.hub.softDelete(id)),
      }),
    change: () => undefined,
    attend: (world) => approve(world, 2),
    meanwhile: benIsPromoted,
    always: invitedOnce(3),
    problems: (world, scene, interrupted) => [
      ...accountProblems(world, [person(scene, 'ana', 'SoftDeleted'), ben(scene, interrupted), person(scene, 'eva', 'SoftDeleted')]),
      ...(world.configuration().status.stagedDeletions ? ['something is staged'] : []),
      ...(world.configuration().status.lastHandledDeletionDecision?.state === 'Done' ? [] : ['the decision is not done']),
    ],
  },
};

describe('I1 I4 killed at any outgoing request, before or after its effect', () => {
  it.each(Object.entries(paths))(
    'I1 I4 killed at request k of %s',
    async (_, path) => {
      const { requests, failed } = await cutEverywhere(path);
      expect(requests).toEqual(expect.arrayContaining([...path.writes]));
      expect(failed).toEqual([]);
    },
    120_000,
  );
});
