import { annotations } from '../../../../src/api/kinds.ts';
import { configurationWith } from '../support.ts';
import { Cycles } from '../cycles.ts';
import { People } from '../people.ts';

/** Three of six people wait: two for a deletion, one for a block. */
async function staged(): Promise<Cycles> {
  const world = new Cycles(new People('u0', 'u1', 'u2', 'u3', 'u4', 'u5'), {
    configuration: {
      deprovisioning: {
        ...configurationWith().spec.deprovisioning,
        guard: { threshold: 2, percent: 100, minimum: 10, window: '24h' },
      },
    },
  });
  await world.begin();
  world.people.delete('u0');
  world.people.delete('u1');
  world.people.add('u2', { accountEnabled: false });
  await world.next();
  expect(waiting(world)).toEqual(['u0', 'u1', 'u2']);
  return world;
}

const tokenOf = (world: Cycles): string => world.configuration.status.stagedDeletions?.token ?? 'none';
const decide = (world: Cycles, decision: 'approve' | 'reject', token: string): void =>
  world.edit({}, { [decision === 'approve' ? annotations.approveDeletions : annotations.rejectDeletions]: token });
const ofThree = (world: Cycles): readonly string[] => world.standings().slice(0, 3);
const waiting = (world: Cycles): readonly string[] =>
  world
    .standings()
    .filter((standing) => standing.includes('Staged'))
    .map((standing) => standing.slice(0, 2));
const reasons = (world: Cycles): readonly string[] => world.site.events.map(({ reason }) => reason);

describe('E7 an administrator decides about exactly the set that is shown', () => {
  it('approved, each of the set is removed or blocked under that token, and the set is gone', async () => {
    const world = await staged();
    const token = tokenOf(world);
    decide(world, 'approve', token);
    await world.settle();
    expect(ofThree(world)).toEqual(['u0 Removed Deleted SoftDelete', 'u1 Removed Deleted SoftDelete', 'u2 Present disabled']);
    for (const id of ['u0', 'u1', 'u2']) expect(world.record(id).spec.approvedToken).toBe(token);
    expect(world.configuration.status.lastHandledDeletionDecision).toMatchObject({ token, decision: 'Approved', state: 'Done' });
    expect(world.configuration.status.stagedDeletions).toBeUndefined();
    const told = world.site.events.find(({ reason }) => reason === 'DeletionsApproved');
    expect(told?.note).toBe('The staged deletions were approved and are carried out.');
  });

  it('I3 what was approved is not counted afterwards', async () => {
    const world = await staged();
    decide(world, 'approve', tokenOf(world));
    await world.settle();
    // Carried out: the records are gone, the block is recorded.
    for (const id of ['u0', 'u1']) await world.site.projections.delete(world.record(id).metadata);
    const blocked = world.record('u2');
    world.site.projections.put({ ...blocked, status: { ...blocked.status, state: 'Blocked' } });
    world.people.delete('u3');
    await world.next();
    expect(world.record('u3').spec.lifecycle).toBe('Removed');
  });

  it('rejected, each returns to present and nothing is restored or blocked', async () => {
    const world = await staged();
    decide(world, 'reject', tokenOf(world));
    await world.settle();
    expect(ofThree(world)).toEqual(['u0 Present Rejected', 'u1 Present Rejected', 'u2 Present Rejected']);
    expect(world.configuration.status.lastHandledDeletionDecision).toMatchObject({ decision: 'Rejected', state: 'Done' });
    const told = world.site.events.find(({ reason }) => reason === 'DeletionsRejected');
    expect(told?.note).toBe('The staged deletions were rejected.');
    await world.next();
    expect(waiting(world)).toEqual([]);
  });

  it('named by both annotations the set is rejected', async () => {
    const world = await staged();
    const token = tokenOf(world);
    decide(world, 'approve', token);
    decide(world, 'reject', token);
    await world.settle();
    expect(ofThree(world)).toEqual(['u0 Present Rejected', 'u1 Present Rejected', 'u2 Present Rejected']);
  });

  it('a token of another set decides nothing, and is told once, as it appears', async () => {
    const world = await staged();
    decide(world, 'approve', 'of another time');
    await world.settle();
    await world.settle();
    expect(waiting(world)).toEqual(['u0', 'u1', 'u2']);
    expect(reasons(world).filter((reason) => reason === 'DeletionDecisionRefused')).toHaveLength(1);
  });

  it('a value that was told before is not told again, nor that one was taken away', async () => {
    const world = await staged();
    const refused = (): number => reasons(world).filter((reason) => reason === 'DeletionDecisionRefused').length;
    for (const value of ['first', 'second', 'first', 'second']) {
      decide(world, 'approve', value);
      await world.reconcile();
    }
    expect(refused()).toBe(2);
    const { configuration } = world;
    world.site.configurations.put({ ...configuration, metadata: { ...configuration.metadata, annotations: {} } });
    await world.reconcile();
    expect(refused()).toBe(2);
  });

  it('the share that is shown is of the accounts that are live', async () => {
    const world = await staged();
    const record = world.record('u5');
    world.site.projections.put({ ...record, status: { ...record.status, state: 'SoftDeleted' } });
    await world.next();
    expect(world.configuration.status.stagedDeletions).toMatchObject({ count: 3, percent: 60 });
  });

  it('a token decides once: when it has been handled it is no mistake, and a new set waits', async () => {
    const world = await staged();
    const token = tokenOf(world);
    decide(world, 'reject', token);
    await world.settle();
    world.people.delete('u3');
    world.people.delete('u4');
    await world.next();
    expect(waiting(world)).toEqual(['u3', 'u4']);
    expect(tokenOf(world)).not.toBe(token);
    expect(reasons(world)).not.toContain('DeletionDecisionRefused');
  });

  it('the token stands for its members: when one is added meanwhile it decides nothing', async () => {
    const world = await staged();
    const token = tokenOf(world);
    world.people.delete('u3');
    await world.next();
    expect(tokenOf(world)).not.toBe(token);
    decide(world, 'approve', token);
    await world.settle();
    expect(waiting(world)).toEqual(['u0', 'u1', 'u2', 'u3']);
  });

  it.each<[string, Parameters<Cycles['rewrite']>[1]]>([
    ['what is to be done to a member', { removal: { reason: 'Deleted', action: 'Block' } }],
    ['whether a member leaves', { lifecycle: 'Present', blockStaged: true }],
  ])('the token stands for %s', async (_, change) => {
    const world = await staged();
    const token = tokenOf(world);
    world.rewrite('u0', change);
    await world.settle();
    expect(waiting(world)).toEqual(['u0', 'u1', 'u2']);
    expect(tokenOf(world)).not.toBe(token);
    decide(world, 'approve', token);
    await world.settle();
    expect(waiting(world)).toEqual(['u0', 'u1', 'u2']);
  });

  it('the token that is shown decides nothing when the records have changed behind it', async () => {
    const world = await staged();
    decide(world, 'approve', tokenOf(world));
    await world.site.projections.delete(world.record('u1').metadata);
    await world.reconcile();
    expect(world.configuration.status.lastHandledDeletionDecision).toBeUndefined();
    expect(world.record('u0').spec.lifecycle).toBe('RemovalStaged');
  });

  it('is recorded before any record is marked, and gone on with after a crash', async () => {
    const world = await staged();
    decide(world, 'approve', tokenOf(world));
    await world.reconcile();
    expect(world.configuration.status.lastHandledDeletionDecision).toMatchObject({ decision: 'Approved', state: 'Executing' });
    expect(waiting(world)).toEqual(['u0', 'u1', 'u2']);
    // The process ends in the midst of the marks, and the annotation is taken away.
    world.site.projections.refuse('patch', new Error('the process ends'));
    await expect(world.reconcile()).rejects.toThrow('the process ends');
    world.edit({}, { [annotations.approveDeletions]: '' });
    const again = new Cycles(world.people, { configuration: world.configuration.spec });
    again.site.configurations.put(world.configuration);
    for (const record of world.site.projections.list()) again.site.projections.put(record);
    await again.settle();
    expect(ofThree(again)).toEqual(['u0 Removed Deleted SoftDelete', 'u1 Removed Deleted SoftDelete', 'u2 Present disabled']);
    expect(again.configuration.status.lastHandledDeletionDecision).toMatchObject({ state: 'Done' });
  });

  it('I15 is not recorded when the resource has changed since it was looked at', async () => {
    const world = await staged();
    decide(world, 'approve', tokenOf(world));
    const seen = world.configuration;
    world.site.configurations.before = (verb) => {
      if (verb === 'patchStatus') world.site.configurations.put({ ...seen, metadata: { ...seen.metadata, resourceVersion: 'newer' } });
    };
    await expect(world.reconcile()).rejects.toMatchObject({ kind: 'Conflict' });
    expect(waiting(world)).toEqual(['u0', 'u1', 'u2']);
  });

  it('tells who has decided, as near as the API comes to saying it', async () => {
    const world = await staged();
    const token = tokenOf(world);
    decide(world, 'approve', token);
    const managed = {
      managedFields: [
        { manager: 'somebody', fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${annotations.approveDeletions}`]: {} } } } },
        { manager: 'tenantsync', fieldsV1: { 'f:status': {} } },
        { manager: 'somebody' },
      ],
    };
    const { configuration } = world;
    world.site.configurations.put({ ...configuration, metadata: { ...configuration.metadata, ...managed } });
    await world.settle();
    expect(world.configuration.status.lastHandledDeletionDecision).toMatchObject({ by: 'somebody' });
    expect(world.record('u0').spec).toMatchObject({ approvedToken: token, approvedBy: 'somebody' });
  });

  it('F2 remembers each decision with its size, its reasons and who made it, newest first and twenty at most', async () => {
    const world = await staged();
    expect(world.configuration.status.stagedDeletions).toMatchObject({
      count: 3,
      byReason: { Deleted: 2, Disabled: 1 },
      sample: ['u0', 'u1', 'u2'],
    });
    const earlier = Array.from({ length: 20 }, (_, index) => ({ token: `earlier ${index}`, decision: 'Rejected', state: 'Done' }) as const);
    const { configuration } = world;
    world.site.configurations.put({ ...configuration, status: { ...configuration.status, deletionDecisions: [...earlier] } });
    const token = tokenOf(world);
    world.site.configurations.put({
      ...world.configuration,
      metadata: {
        ...world.configuration.metadata,
        annotations: { [annotations.approveDeletions]: token, [annotations.decidedBy]: 'jo@contoso.com' },
      },
    });
    await world.settle();
    const { deletionDecisions = [], lastHandledDeletionDecision } = world.configuration.status;
    const decided = { token, decision: 'Approved', by: 'jo@contoso.com', verified: false, state: 'Done' };
    expect(lastHandledDeletionDecision).toMatchObject(decided);
    expect(deletionDecisions[0]).toMatchObject({ ...decided, count: 3, byReason: { Deleted: 2, Disabled: 1 } });
    expect(deletionDecisions.slice(1)).toEqual(earlier.slice(0, 19));
    expect(world.site.events.find(({ reason }) => reason === 'DeletionsApproved')?.note).toBe(
      'The staged deletions were approved by jo@contoso.com (unverified) and are carried out.',
    );
    expect(world.site.counted).toContainEqual(expect.objectContaining({ metric: 'deletionDecisions' }));
  });

  it('I15 a record that somebody has tampered with is not part of the set', async () => {
    const world = await staged();
    const record = world.record('u5');
    world.site.projections.put({ ...record, spec: { ...record.spec, lifecycle: 'RemovalStaged' } });
    decide(world, 'approve', tokenOf(world));
    await world.settle();
    expect(world.record('u0').spec.lifecycle).toBe('Removed');
    expect(world.record('u5').spec.lifecycle).not.toBe('Removed');
    expect(world.record('u5').spec.approvedToken).toBeUndefined();
  });
});
