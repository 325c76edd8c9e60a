import { TargetPool, type Member } from '../../../../src/controllers/shared/target-pool.ts';
import { directoryFailure } from '../../../../src/core/errors/directory-error.ts';
import type { AccessSettings, CallOptions, Permit, TargetDirectory } from '../../../../src/ports/directory.ts';
import type { GroupDirectory } from '../../../../src/ports/group-directory.ts';
import { priorities } from '../../../../src/ports/reconcile.ts';
import { FakeGroups } from '../../../support/fake-groups.ts';
import { FakeTarget, refusal } from '../../../support/fake-target.ts';

const rejected = refusal('Unauthenticated', { reason: 'CredentialsRejected', message: 'Refused.' });

type Request = Exclude<keyof TargetDirectory, 'tenantId' | 'quota' | 'credentialExpiresAt'>;

/** A pool of two applications with a target each, so that it shows who was asked. */
function poolOfTwo({ answer }: { readonly answer?: (place: number) => object } = {}) {
  const targets = [new FakeTarget(), new FakeTarget()] as const;
  const groups = [new FakeGroups(), new FakeGroups()] as const;
  const written: string[] = [];
  const settingsOf = (name: string): AccessSettings => ({
    createPartner: () => Promise.resolve(void written.push(`${name} createPartner`)),
    updatePartner: () => Promise.resolve(void written.push(`${name} updatePartner`)),
    createUserSync: () => Promise.resolve(void written.push(`${name} createUserSync`)),
  });
  const memberOf = (target: FakeTarget, index: number): Member => ({
    place: index === 0 ? 'spec.target.credentials' : `spec.target.additionalCredentials[${index - 1}]`,
    clientId: `app-${index}`,
    target: { ...target.directory, ...answer?.(index) },
    groups: { ...groups[index]?.directory, ...answer?.(index) } as GroupDirectory,
    settings: settingsOf(`app-${index}`),
  });
  const [first, second] = [memberOf(targets[0], 0), memberOf(targets[1], 1)];
  const absent = { place: 'spec.target.additionalCredentials[1]', clientId: 'app-2', leftOut: undefined, granted: [] };
  const pool = new TargetPool([first, second], [absent]);
  const told = { times: 0 };
  pool.whenLeftOut(() => void (told.times += 1));
  return { pool, targets, groups, told, written, members: [first, second] as const };
}

const options = (permit?: Permit): CallOptions => ({
  signal: new AbortController().signal,
  priority: priorities.create,
  ...(permit === undefined ? {} : { permit }),
});

/** Quota for a person whose favourite is the application of that number. */
function permitOf({ pool, targets }: ReturnType<typeof poolOfTwo>, wanted: 0 | 1): Permit {
  for (let person = 0; ; person += 1) {
    const before = targets[wanted].permits;
    const permit = pool.quota.reserve({ reads: 1, writes: 1 }, priorities.create, String(person));
    if ('retryAt' in permit) throw new Error('there is quota');
    if (targets[wanted].permits > before) return permit;
    permit.release();
  }
}

describe('G5 a pool of applications', () => {
  it('sends all of a pass through the application that gave the quota, and gives it back there', async () => {
    const scene = poolOfTwo();
    const permit = permitOf(scene, 1);
    await scene.pool.getUser('account', [], options(permit));
    await scene.pool.updateUser('account', { jobTitle: 'Clerk' }, options(permit)).catch(() => undefined);
    expect(scene.targets[1].reads).toHaveLength(1);
    expect(scene.targets[1].writes).toHaveLength(1);
    expect([...scene.targets[0].reads, ...scene.targets[0].writes]).toEqual([]);
    permit.release();
    expect(scene.targets[1].permits).toBe(0);
  });

  it('leaves out an application whose sign-in is refused: the write goes through another one, and the pair hears of it', async () => {
    const scene = poolOfTwo();
    const permit = permitOf(scene, 1);
    scene.targets[1].fail('deleteUser', rejected);
    await scene.pool.deleteUser('account', options(permit)).catch(() => undefined);
    expect(scene.targets[0].writes).toHaveLength(1);
    expect(scene.told.times).toBe(1);
    expect(scene.pool.applications().map(({ leftOut }) => leftOut?.reason)).toEqual([undefined, 'CredentialsRejected', undefined]);
    expect(scene.pool.takesPart(scene.members[1])).toBe(false);
    scene.pool.judge(scene.members[1], { leftOut: undefined, granted: [] });
    expect(scene.pool.takesPart(scene.members[1])).toBe(true);
  });

  it('repeats no write that may have taken effect, and none that was refused for another reason', async () => {
    for (const error of [refusal('Unauthenticated', { outcomeUnknown: true }), refusal('Forbidden'), refusal('Unavailable')]) {
      const scene = poolOfTwo();
      scene.targets[0].fail('deleteUser', error);
      await expect(scene.pool.deleteUser('account', options(permitOf(scene, 0)))).rejects.toBe(error);
      expect(scene.targets[1].writes).toEqual([]);
      expect(scene.told.times).toBe(0);
    }
  });

  it('says why, when none is left', async () => {
    const { pool, targets } = poolOfTwo();
    for (const target of targets) target.fail('syncAccess', rejected);
    await expect(pool.syncAccess('hub', options())).rejects.toBe(rejected);
    targets[0].fail('syncAccess', rejected);
    await expect(pool.syncAccess('hub', options())).rejects.toBe(rejected);
  });

  it('I9 makes nobody wait for an application while another one is ready, nor go on with it in the same pass', async () => {
    const scene = poolOfTwo();
    const permit = permitOf(scene, 0);
    const throttled = refusal('Throttled', { retryAt: 9000 });
    scene.targets[0].fail('deleteUser', throttled);
    scene.targets[1].retryAt = 4000;
    const failed = await scene.pool.deleteUser('account', options(permit)).catch((error: unknown) => error);
    expect(directoryFailure(failed)).toMatchObject({ kind: 'Throttled', retryAt: 4000 });
    expect(scene.targets[1].writes).toEqual([]);
    scene.targets[0].fail('deleteUser', throttled);
    scene.targets[1].retryAt = 12_000;
    await expect(scene.pool.deleteUser('account', options(permit))).rejects.toBe(throttled);
  });

  it('B8 writes access settings with the first application that takes part', async () => {
    const { pool, members, written } = poolOfTwo();
    await pool.settings.createUserSync('hub', 'Contoso', options());
    pool.judge(members[0], { leftOut: { reason: 'CredentialsExpired', message: '' }, granted: [] });
    await pool.settings.updatePartner('hub', {}, options());
    await pool.settings.createPartner('hub', {}, options());
    expect(written).toEqual(['app-0 createUserSync', 'app-1 updatePartner', 'app-1 createPartner']);
  });

  it.each(
    Object.entries({
      grantedPermissions: [],
      organization: [],
      partnerAccess: ['hub'],
      syncAccess: ['hub'],
      allowedCloudEndpoints: [],
      invitationPolicy: [],
      subscriptions: [],
      findAccounts: [{ addresses: ['a@contoso.com'] }, ['id']],
      usersPage: ['next', ['id']],
      findContact: ['a@contoso.com'],
      getUser: ['account', ['id']],
      getDeletedUser: ['account', ['id']],
      invite: [{ emailAddress: 'a@contoso.com' }],
      updateUser: ['account', { jobTitle: 'Clerk' }],
      setManager: ['account', 'manager'],
      clearManager: ['account'],
      revokeSessions: ['account'],
      deleteUser: ['account'],
      restoreUser: ['account', { reconcileProxies: true }],
      purgeUser: ['account'],
    } satisfies Record<Request, readonly unknown[]>),
  )('passes %s on as it is, with the permit of the application that is asked, and its answer back', async (request, given) => {
    const asked: { readonly place: number; readonly args: readonly unknown[] }[] = [];
    const answer = {};
    const record =
      (place: number) =>
      (...args: readonly unknown[]): Promise<unknown> => {
        asked.push({ place, args });
        return Promise.resolve(answer);
      };
    const scene = poolOfTwo({ answer: (place) => ({ [request]: record(place) }) });
    const permit = permitOf(scene, 1);
    const pool = scene.pool as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;
    expect(await pool[request]?.(...given, options(permit))).toBe(answer);
    expect(asked.map(({ place, args }) => [place, ...args.slice(0, -1)])).toEqual([[1, ...given]]);
    const own = asked[0]?.args.at(-1) as CallOptions;
    expect(own.priority).toBe(priorities.create);
    // The permit of the pool is of no use to an application.
    expect(own.permit).toBeDefined();
    expect(own.permit).not.toBe(permit);
  });

  it('asks for a new token through the application that is asked', async () => {
    const asked: unknown[] = [];
    const grantedPermissions = (given: object) => Promise.resolve(void asked.push(given) as never);
    const { pool } = poolOfTwo({ answer: () => ({ grantedPermissions }) });
    await pool.grantedPermissions({ ...options(), fresh: true });
    expect(asked).toEqual([expect.objectContaining({ fresh: true })]);
  });

  it('B1 says when the credentials end that end first, as far as it is known', () => {
    const ending = (...ends: readonly (number | undefined)[]): number | undefined =>
      poolOfTwo({ answer: (place) => ({ credentialExpiresAt: ends[place] }) }).pool.credentialExpiresAt;
    expect(ending(undefined, undefined)).toBeUndefined();
    expect(ending(undefined, 7000)).toBe(7000);
    expect(ending(9000, 7000)).toBe(7000);
  });

  it('is of the tenant of its applications', () => {
    expect(poolOfTwo().pool.tenantId).toBe('spoke');
  });
});

describe('G5 the groups of a pool', () => {
  /** What one pass over a group sees, of a group whose favourite is the application of that number. */
  const passOf = ({ pool, groups }: ReturnType<typeof poolOfTwo>, wanted: 0 | 1): Promise<GroupDirectory> => {
    const find = async (number: number): Promise<GroupDirectory> => {
      const before = groups[wanted].reads.length;
      const directory = pool.groupsFor(`group ${number}`, priorities.update);
      await directory.getGroup('g', options());
      return groups[wanted].reads.length > before ? directory : find(number + 1);
    };
    return find(0);
  };

  it('are read and written by one application in a pass, and by several in several passes', async () => {
    for (const place of [0, 1] as const) {
      const scene = poolOfTwo();
      const directory = await passOf(scene, place);
      scene.groups[place].put('g');
      const before = scene.groups[1 - place]?.reads.length;
      await directory.addMembers('g', ['a'], options());
      await directory.membersPage({ groupId: 'g', select: ['id'] }, options());
      expect(scene.groups[place].writes).toEqual(['addMembers g a']);
      expect(scene.groups[1 - place]?.writes).toEqual([]);
      expect(scene.groups[1 - place]?.reads).toHaveLength(before ?? 0);
    }
  });

  it('go through another one where the sign-in of the first is refused, and the pair hears of it', async () => {
    const scene = poolOfTwo();
    const directory = await passOf(scene, 1);
    scene.groups[0].put('g');
    scene.groups[1].fail('addMembers', rejected);
    await directory.addMembers('g', ['a'], options());
    expect(scene.groups[0].writes).toEqual(['addMembers g a']);
    expect(scene.told.times).toBe(1);
    await directory.membersPage({ groupId: 'g', select: ['id'] }, options());
    expect(scene.groups[0].reads.at(-1)).toBe('membersPage g 0');
  });

  it('are worked on by the application that has quota first, and wait no longer than for that', async () => {
    const scene = poolOfTwo();
    const directory = await passOf(scene, 0);
    scene.targets[1].retryAt = 4000;
    scene.groups[0].fail('addMembers', refusal('Throttled', { retryAt: 9000 }));
    const failed = await directory.addMembers('g', ['a'], options()).catch((error: unknown) => error);
    expect(directoryFailure(failed)).toMatchObject({ kind: 'Throttled', retryAt: 4000 });
    scene.targets[0].retryAt = 9000;
    scene.groups[1].put('g');
    for (let number = 0; number < 8; number += 1) await scene.pool.groupsFor(`group ${number}`, priorities.update).getGroup('g', options());
    expect(scene.groups[1].reads.length).toBeGreaterThanOrEqual(8);
  });

  it.each(
    Object.entries({
      groupSyncAllowed: ['hub'],
      getGroup: ['g'],
      findByUniqueName: ['name'],
      findNamed: ['name'],
      findNicknamed: ['name'],
      findAnchored: ['prefix'],
      getDeletedGroup: ['g'],
      findDeleted: ['name'],
      membersPage: [{ groupId: 'g', select: ['id'] }],
      createGroup: ['name', { displayName: 'G', mailNickname: 'g' }],
      updateGroup: ['g', { displayName: 'G' }],
      deleteGroup: ['g'],
      restoreGroup: ['g'],
      addMembers: ['g', ['a']],
      removeMembers: ['g', ['a']],
    } satisfies Record<keyof GroupDirectory, readonly unknown[]>),
  )('pass %s on as it is, with whether it may start, and its answer back', async (request, given) => {
    const asked: (readonly unknown[])[] = [];
    const answer = {};
    const record = (...args: readonly unknown[]): Promise<unknown> => {
      asked.push(args);
      return Promise.resolve(answer);
    };
    const { pool } = poolOfTwo({ answer: () => ({ [request]: record }) });
    const mayStart = (): boolean => true;
    for (const groups of [pool.groups, pool.groupsFor('group', priorities.update)]) {
      const directory = groups as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;
      expect(await directory[request]?.(...given, { ...options(), mayStart })).toBe(answer);
    }
    expect(asked.map((args) => args.slice(0, -1))).toEqual([given, given]);
    for (const args of asked) expect(args.at(-1)).toMatchObject({ priority: priorities.create, mayStart });
  });
});
