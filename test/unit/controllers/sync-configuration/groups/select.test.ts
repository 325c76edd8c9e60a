import { refusal } from '../../../../support/fake-target.ts';
import { Cycles } from '../../cycles.ts';
import { People } from '../../people.ts';
import { minute } from '../../support.ts';
import { groupCycles, groupStandings, looked, selecting, selectingIds, warnings } from './support.ts';

describe('G3 the selection of groups', () => {
  it('G3 by id takes any spelling', async () => {
    const world = groupCycles(['abc'], selectingIds(['ABC']));
    await world.settle();
    expect(groupStandings(world)).toEqual(['abc Present']);
  });

  it('G3 by name is resolved once: the group stays selected when it is renamed', async () => {
    const world = groupCycles(['g1'], selecting([{ displayName: 'Falcon' }]));
    world.people.groupNames.set('g1', 'Falcon');
    await world.settle();
    expect(world.configuration.status.resolvedGroups).toEqual([{ displayName: 'Falcon', id: 'g1' }]);
    looked(world);
    world.people.groupNames.set('g1', 'Eagle');
    world.people.join('g1');
    await world.next();
    expect(groupStandings(world)).toEqual(['g1 Present']);
    expect(world.people.asked.some((request) => request.startsWith('findGroupsByName'))).toBe(false);
  });

  it.each<[string, readonly string[], string]>([
    ['nobody has', [], 'ScopeNameNotFound'],
    ['two groups have', ['g1', 'g2'], 'ScopeNameAmbiguous'],
  ])('G3 by a name that %s leaves it out with a warning, and the others go on', async (_, named, reason) => {
    const world = groupCycles(['g1', 'g2', 'g3'], selecting([{ displayName: 'Falcon' }, { id: 'g3' }]));
    for (const id of named) world.people.groupNames.set(id, 'Falcon');
    await world.settle();
    expect(groupStandings(world)).toEqual(['g3 Present']);
    expect(warnings(world)).toEqual([`${reason} spec.groups.select[0]`]);
  });

  it('G3 by a name that cannot be looked for removes nothing', async () => {
    const world = groupCycles(['g1'], selectingIds(['g1']));
    await world.settle();
    world.edit(selecting([{ displayName: 'Falcon' }]));
    world.people.fail('findGroupsByName', refusal('Forbidden'));
    await world.site.clock.advance(40 * minute);
    for (let looks = 0; looks < 10 && world.reason !== 'SourceReadFailed'; looks += 1) await world.reconcile();
    expect(world.reason).toBe('SourceReadFailed');
    expect(groupStandings(world)).toEqual(['g1 Present']);
  });

  it('G3 takes the groups of the scope', async () => {
    const scope = { type: 'Assigned', groups: [{ id: 'g1' }], includeNestedGroups: false } as const;
    const world = groupCycles(['g1', 'g2'], { scope, ...selecting([{ scopeGroups: true }]) });
    await world.settle();
    expect(groupStandings(world)).toEqual(['g1 Present']);
  });

  it('G3 takes the groups that are assigned to the application of the scope', async () => {
    const people = new People('u0');
    people.join('g1', 'u0');
    Object.assign(people.source, {
      applicationAssignments: () => Promise.resolve({ items: [{ principalId: 'g1', principalType: 'Group' }] }),
    });
    const scope = { type: 'Assigned', application: { servicePrincipalId: 'app' }, includeNestedGroups: false } as const;
    const world = new Cycles(people, { configuration: { scope, ...selecting([{ scopeGroups: true }]) } });
    await world.settle();
    expect(groupStandings(world)).toEqual(['g1 Present']);
    await world.next();
    expect(groupStandings(world)).toEqual(['g1 Present']);
  });
});
