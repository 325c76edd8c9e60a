import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { cutEverywhere, cutPointFlags, type CutPath } from '../support/cut-points.ts';
import { groupRecord, groupWorld, mirroredPeople, ourGroups, selecting } from '../support/group-scene.ts';
import { guests, hire } from '../support/scene.ts';
import type { World } from '../support/world.ts';

const minute = 60_000;

/** Reads lag further behind than it takes a new process to begin, so that it does not see at once what became of a lost write. */
const lagging = {
  latency: { min: 10, max: 40 },
  replication: { reads: { min: 0, max: 20_000 }, advanced: { min: 20_000, max: 40_000 }, delta: { min: 0, max: 3000 } },
};
const count = 6;

interface Scene {
  /** Ids of the people of the source, who all have an account. */
  readonly people: readonly string[];
  /** The source group, with the first four of them, and another one without anybody. */
  readonly group: string;
  readonly other: string;
  /** The group that was made of it before requests count, if one was. */
  readonly made: string | undefined;
}

interface SetUp {
  readonly groups?: JsonObject;
  readonly configuration?: JsonObject;
  /** After everything is in the target; then the world comes to rest once more. */
  readonly after?: (world: World, scene: Scene) => Promise<void> | void;
}

const members = ({ people }: Scene): readonly string[] => people.slice(0, 4);
const configurationOf = (ids: readonly string[], { groups, configuration }: SetUp): JsonObject => ({
  interval: '1m',
  deprovisioning: { guard: { threshold: 100, percent: 100 } },
  ...configuration,
  ...selecting(ids, groups),
});

/** A world in which people and, where they are selected, groups are in the target, and which has come to rest. */
async function settled(selection: 'Nothing' | 'Group', options: SetUp = {}): Promise<{ readonly world: World; readonly scene: Scene }> {
  const world = groupWorld({ settings: lagging, flags: cutPointFlags });
  const people = hire(world, count).map(({ id }) => id);
  const group = world.hub.createGroup({ displayName: 'Project Falcon', members: people.slice(0, 4) }).id;
  const other = world.hub.createGroup({ displayName: 'Other' }).id;
  await world.run(40_000);
  await world.begin(selection === 'Nothing' ? { interval: '1m' } : configurationOf([group, other], options));
  await world.run(3 * minute);
  const made = groupRecord(world, group)?.status.targetGroup?.objectId;
  const scene: Scene = { people, group, other, made };
  if (options.after) {
    await options.after(world, scene);
    await world.run(3 * minute);
  }
  return { world, scene };
}

/** Approves what is staged, as an administrator would who looks at it. */
function approve(world: World): void {
  const { token } = world.configuration().status.stagedDeletions ?? {};
  if (token === undefined || world.configuration().metadata.annotations?.['tenantsync.dev/approve-deletions'] === token) return;
  world.annotate('SyncConfiguration', 'staff', { 'tenantsync.dev/approve-deletions': token });
}

/** No group was made twice, nothing of people was touched, and nobody was put in or taken out who is not meant. */
const sound =
  (made: number) =>
  (world: World): readonly string[] => {
    const created = world.spoke.log.count('PATCH /groups/uniqueName/{id}', 201);
    const names = ourGroups(world).map(({ uniqueName }) => uniqueName);
    return [
      ...(created > made ? [`${created} groups were made`] : []),
      ...(new Set(names).size === names.length ? [] : ['a source group has two groups']),
      ...(guests(world).length > count ? ['somebody was invited twice'] : []),
      ...(world.spoke.deletedUsers().length > 0 ? ['a person was deleted'] : []),
    ];
  };

interface Expected {
  readonly state: string;
  readonly people?: readonly string[];
  readonly live?: boolean;
  readonly name?: string;
  readonly origin?: 'Created' | 'Adopted';
}

function groupProblems(world: World, scene: Scene, expected: Expected): readonly string[] {
  const { state, people, live = true, name = 'Project Falcon', origin = 'Created' } = expected;
  const record = groupRecord(world, scene.group);
  if (record === undefined) return ['no record'];
  const { status, spec, metadata } = record;
  const problems: string[] = [];
  if (status.state !== state) problems.push(`is ${status.state} instead of ${state}`);
  if (status.intent !== undefined) problems.push(`an intent to ${status.intent.operation} is left`);
  if (status.observedGeneration !== metadata.generation) problems.push('its last spec was not handled');
  if (state === 'Provisioned' && status.appliedRevision !== spec.revision) problems.push('its spec is not applied');
  const id = status.targetGroup?.objectId ?? '';
  if (scene.made !== undefined && id !== scene.made) problems.push('has another group');
  const group = world.spoke.group(id);
  if (group === undefined) return [...problems, 'is linked to nothing'];
  if (status.targetGroup?.origin !== origin) problems.push("its group counts as somebody else's");
  if ((group.deletedAt === null) !== live) problems.push('its group is deleted or not, against what was wanted');
  if ((status.targetGroup?.deletedAt === undefined) !== live) problems.push('whether we deleted it is not recorded');
  if (group.displayName !== name) problems.push(`is called ${group.displayName}`);
  if (people !== undefined && mirroredPeople(world, scene.group).join() !== [...people].sort().join())
    problems.push(`has ${mirroredPeople(world, scene.group).length} of ${people.length} members`);
  if (world.projections().some(({ status: { state: standing } }) => standing !== 'Provisioned'))
    problems.push('somebody is not provisioned');
  const { stagedDeletions, currentCycle } = world.configuration().status;
  if (stagedDeletions !== undefined && state !== 'Staged') problems.push('something is staged');
  if (currentCycle !== undefined) problems.push(`the cycle is ${currentCycle.phase ?? ''}`);
  return problems;
}

const softDelete: SetUp = { groups: { deprovisioning: 'SoftDelete' } };
const stagesTwo: SetUp = { configuration: { deprovisioning: { guard: { threshold: 2, percent: 100 } } } };
const leave = (world: World, { group }: Scene, people: readonly string[]): void =>
  people.forEach((person) => world.hub.removeMember(group, person));
const deselect =
  (options: SetUp) =>
  (world: World, { other }: Scene): void =>
    void world.applyConfiguration(configurationOf([other], options));
/** While nobody watches, one more joins: whatever the killed process had read, this must not be missed. */
const oneMoreJoins = (world: World, { group, people }: Scene): void => world.hub.addMember(group, people[5] ?? '');
const oneMore = (scene: Scene, interrupted: boolean): readonly string[] => (interrupted ? scene.people.slice(5) : []);

const paths: Readonly<Record<string, CutPath<Scene>>> = {
  'a group that is made and filled': {
    writes: ['spoke PATCH /groups/uniqueName/{id}', 'spoke PATCH /groups/{id}'],
    setUp: () => settled('Nothing'),
    change: (world, { group }) => void world.applyConfiguration(configurationOf([group], {})),
    meanwhile: oneMoreJoins,
    always: sound(1),
    problems: (world, scene, interrupted) =>
      groupProblems(world, scene, { state: 'Provisioned', people: [...members(scene), ...oneMore(scene, interrupted)] }),
  },
  'a group that is taken over': {
    writes: ['spoke PATCH /groups/{id}'],
    setUp: async () => {
      const { world, scene } = await settled('Nothing');
      const [first = '', last = ''] = [scene.people[0], scene.people[5]].map(
        (person) => world.projections().find(({ spec }) => spec.source.objectId === person)?.status.targetUser?.objectId,
      );
      const { id } = world.spoke.createGroup({ displayName: 'Falcon', mailNickname: 'ProjectFalcon', members: [first, last] });
      await world.run(40_000);
      return { world, scene: { ...scene, made: id } };
    },
    change: (world, { group }) =>
      void world.applyConfiguration(configurationOf([group], { groups: { matching: { adoption: 'Adopt', by: 'MailNickname' } } })),
    meanwhile: ({ hub }, { group, people }) => hub.addMember(group, people[4] ?? ''),
    always: sound(0),
    problems: (world, scene, interrupted) =>
      groupProblems(world, scene, {
        state: 'Provisioned',
        origin: 'Adopted',
        people: [...members(scene), ...(interrupted ? scene.people.slice(4, 5) : []), ...scene.people.slice(5)],
      }),
  },
  'members who come and go': {
    writes: ['spoke PATCH /groups/{id}', 'spoke POST /$batch'],
    setUp: () => settled('Group'),
    change: (world, scene) => {
      world.hub.addMember(scene.group, scene.people[4] ?? '');
      leave(world, scene, scene.people.slice(0, 1));
    },
    meanwhile: oneMoreJoins,
    always: sound(2),
    problems: (world, scene, interrupted) =>
      groupProblems(world, scene, { state: 'Provisioned', people: [...scene.people.slice(1, 5), ...oneMore(scene, interrupted)] }),
  },
  'removals of members that are staged': {
    writes: ['kube PATCH syncconfigurations/staff/status'],
    setUp: () => settled('Group', stagesTwo),
    change: (world, scene) => leave(world, scene, scene.people.slice(0, 2)),
    meanwhile: oneMoreJoins,
    always: sound(2),
    problems: (world, scene, interrupted) => [
      ...groupProblems(world, scene, { state: 'Staged', people: [...members(scene), ...oneMore(scene, interrupted)] }),
      ...(world.configuration().status.stagedDeletions?.count === 2 ? [] : ['not exactly two are staged']),
    ],
  },
  'an approval of removals of members': {
    writes: ['spoke POST /$batch'],
    setUp: () => settled('Group', { ...stagesTwo, after: (world, scene) => leave(world, scene, scene.people.slice(0, 2)) }),
    change: () => undefined,
    attend: approve,
    meanwhile: oneMoreJoins,
    always: sound(2),
    problems: (world, scene, interrupted) =>
      groupProblems(world, scene, { state: 'Provisioned', people: [...scene.people.slice(2, 4), ...oneMore(scene, interrupted)] }),
  },
  'a group that is renamed': {
    writes: ['spoke PATCH /groups/{id}'],
    setUp: () => settled('Group'),
    change: (world, { group }) => world.hub.updateGroup(group, { displayName: 'Project Eagle' }),
    meanwhile: oneMoreJoins,
    always: sound(2),
    problems: (world, scene, interrupted) =>
      groupProblems(world, scene, {
        state: 'Provisioned',
        name: 'Project Eagle',
        people: [...members(scene), ...oneMore(scene, interrupted)],
      }),
  },
  'a group that is let go': {
    writes: ['kube PATCH syncconfigurations/staff/status'],
    setUp: () => settled('Group'),
    change: deselect({}),
    always: sound(2),
    // A full cycle forgets what was let go.
    problems: (world, scene) =>
      groupRecord(world, scene.group) === undefined
        ? ourGroups(world).some(({ id, members: { size } }) => id === scene.made && size === 4)
          ? []
          : ['the group is not as it was']
        : groupProblems(world, scene, { state: 'Retained', people: members(scene) }),
  },
  'a group whose deletion is approved': {
    writes: ['spoke DELETE /groups/{id}'],
    setUp: () => settled('Group', softDelete),
    change: deselect(softDelete),
    attend: approve,
    always: sound(2),
    problems: (world, scene) => groupProblems(world, scene, { state: 'SoftDeleted', live: false }),
  },
  'a group that is brought back': {
    writes: ['spoke POST /directory/deletedItems/{id}/restore'],
    setUp: () =>
      settled('Group', {
        ...softDelete,
        after: async (world, scene) => {
          deselect(softDelete)(world, scene);
          await world.until('it waits', () => world.configuration().status.stagedDeletions !== undefined);
          approve(world);
          await world.until('it is deleted', () => groupRecord(world, scene.group)?.status.state === 'SoftDeleted');
        },
      }),
    change: (world, { group, other }) => void world.applyConfiguration(configurationOf([group, other], softDelete)),
    meanwhile: oneMoreJoins,
    always: sound(2),
    problems: (world, scene, interrupted) =>
      groupProblems(world, scene, { state: 'Provisioned', people: [...members(scene), ...oneMore(scene, interrupted)] }),
  },
};

describe('G3 I1 I4 groups, killed before and after each write, and where reads begin', () => {
  it.each(Object.entries(paths))(
    'G3 I1 I4 killed at request k of %s',
    async (_, path) => {
      const { requests, failed } = await cutEverywhere(path);
      expect(requests).toEqual(expect.arrayContaining([...path.writes]));
      expect(failed).toEqual([]);
    },
    120_000,
  );
});
