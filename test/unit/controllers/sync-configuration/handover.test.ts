import type { SyncConfiguration } from '../../../../src/api/kinds.ts';
import type { SyncConfigurationSpec } from '../../../../src/api/generated.ts';
import { refusal } from '../../../support/fake-target.ts';
import { configurationWith } from '../support.ts';
import { Cycles } from '../cycles.ts';
import { People } from '../people.ts';

const assigned = (scope: Partial<SyncConfigurationSpec['scope']>): SyncConfigurationSpec['scope'] => ({
  type: 'Assigned',
  includeNestedGroups: false,
  ...scope,
});

/** Two people of group g; one of them leaves it while the configuration `other` is as a test says. */
async function leaving(other: SyncConfiguration, change: (people: People) => void = () => undefined): Promise<Cycles> {
  const people = new People('u0', 'u1');
  people.join('g', 'u0', 'u1');
  const world = new Cycles(people, { configuration: { scope: assigned({ groups: [{ id: 'g' }] }) } });
  await world.begin();
  world.site.configurations.put(other);
  world.site.enqueued.length = 0;
  people.quit('g', 'u0');
  change(people);
  await world.next();
  return world;
}

const otherWith = (spec: Partial<SyncConfigurationSpec>, status: SyncConfiguration['status'] = {}, more: object = {}): SyncConfiguration =>
  configurationWith(spec, { name: 'other', status, metadata: more });
const ofUsers = (id: string): Partial<SyncConfigurationSpec> => ({ scope: assigned({ users: [{ id }] }) });
const handedOver = ['u0 Removed Unassigned Retain', 'u1 Present'];
const deleted = ['u0 Removed Unassigned SoftDelete', 'u1 Present'];

describe('B5 who leaves a scope while another configuration of the pair has them in its own', () => {
  it('changes hands without a deletion, and the other one is asked to take over', async () => {
    const world = await leaving(otherWith(ofUsers('u0')));
    expect(world.standings()).toEqual(handedOver);
    expect(world.site.enqueued).toContain('configuration identity/other');
    expect(world.site.deps.tracker.isCycleRequested('identity/other')).toBe(true);
    expect(world.site.pair.status.guard).toBeUndefined();
  });

  it('changes hands where one of two reads of the person is behind: nobody is deleted on doubt', async () => {
    const groups = otherWith({ scope: assigned({ groups: [{ id: 'h' }] }) });
    const world = await leaving(groups, (people) => {
      people.join('h', 'u1');
      // The second question about the groups of the person, which is the other configuration's.
      people.unlistedFrom.set('u0', 2);
    });

    expect(world.standings()).toEqual(handedOver);
  });

  it.each<[string, SyncConfiguration]>([
    ['has somebody else in its scope', otherWith(ofUsers('u1'))],
    ['is a plan', otherWith({ ...ofUsers('u0'), mode: 'Plan' })],
    ['is suspended', otherWith({ ...ofUsers('u0'), suspend: true })],
    ['is being deleted', otherWith(ofUsers('u0'), {}, { deletionTimestamp: '2026-01-05T08:00:00Z' })],
    ['cannot work', otherWith({ ...ofUsers('u0'), attributeMappings: [{ target: 'otherMails', source: 'mail' }] as never })],
    ['is of another pair', otherWith({ ...ofUsers('u0'), tenantPairRef: { name: 'another' } })],
    ['has a group that was not found yet', otherWith({ scope: assigned({ groups: [{ displayName: 'Staff' }] }) })],
    ['has a group that is gone', otherWith({ scope: assigned({ groups: [{ id: 'gone' }] }) })],
    ['has a user whom it has not found yet', otherWith({ scope: assigned({ users: [{ userPrincipalName: 'u0@contoso.com' }] }) })],
    [
      'filters the person out',
      otherWith({
        scope: {
          ...assigned({ users: [{ id: 'u0' }] }),
          filters: [{ name: 'f', clauses: [{ attribute: 'department', operator: 'Equals', value: 'Sales' }] }],
        },
      }),
    ],
  ])('is deleted when the other one %s', async (_, other) => {
    const world = await leaving(other);
    expect(world.standings()).toEqual(deleted);
    expect(world.site.deps.tracker.isCycleRequested('identity/other')).toBe(false);
  });

  it.each<[string, SyncConfiguration]>([
    ['everybody', otherWith({ scope: { type: 'All', includeNestedGroups: false } })],
    [
      'a group that it has found by name',
      otherWith(
        { scope: assigned({ groups: [{ displayName: 'Second' }] }) },
        { resolvedScope: { groups: [{ displayName: 'Second', id: 'h' }] } },
      ),
    ],
    [
      'a user whom it has found by name',
      otherWith(
        { scope: assigned({ users: [{ userPrincipalName: 'u0@contoso.com' }] }) },
        { resolvedScope: { users: [{ userPrincipalName: 'u0@contoso.com', id: 'u0' }] } },
      ),
    ],
  ])('changes hands when the other one has %s', async (_, other) => {
    const world = await leaving(other, (people) => people.join('h', 'u0'));
    expect(world.standings()).toEqual(handedOver);
  });

  it.each([
    ['Forbidden', deleted, 'Succeeded'],
    ['Unavailable', ['u0 Present', 'u1 Present'], 'Failed'],
  ] as const)('E6 of a scope that cannot be read (%s) nothing is concluded while that may pass', async (kind, standings, result) => {
    const world = await leaving(otherWith({ scope: assigned({ groups: [{ id: 'h' }] }) }), (people) => {
      people.join('h', 'u0');
      people.refused.set('groupMembers h', refusal(kind));
    });
    expect(world.standings()).toEqual(standings);
    expect(world.configuration.status.lastCycle?.result).toBe(result);
  });

  it('is deleted when the person is gone from the source, whoever wants them', async () => {
    const world = await leaving(otherWith({ scope: { type: 'All', includeNestedGroups: false } }), (people) => people.delete('u0'));
    expect(world.standings()).toEqual(['u0 Removed Deleted SoftDelete', 'u1 Present']);
  });
});
