import type { SandboxUser } from '@tenantsync/sandbox/entra';
import { hire, nextCycleSettled, provisioned, reasonOf, staff, untilState } from '../support/people.ts';
import { unfriendly, World } from '../support/world.ts';

let world: World;
afterEach(() => world.end());

const accountId = (user: SandboxUser): string => world.projection(user.id)?.status.targetUser?.objectId ?? '';
const origin = (user: SandboxUser): string | undefined => world.projection(user.id)?.status.targetUser?.origin;
const readyMessage = (user: SandboxUser): string | undefined =>
  world.projection(user.id)?.status.conditions?.find(({ type }) => type === 'Ready')?.message;
/** Ids of the objects that were written since the log was reset. */
const written = (): readonly (string | undefined)[] => world.spoke.log.writes().map(({ objectId }) => objectId);

async function conflict(user: SandboxUser, reason: string): Promise<void> {
  await untilState(world, user, 'Conflict');
  expect(reasonOf(world, user)).toBe(reason);
}

describe('D1 existing accounts', () => {
  it.each([
    { what: 'who has accepted', accepted: true, properties: {} },
    { what: 'who has not accepted yet', accepted: false, properties: {} },
    { what: 'known by another mail address since', accepted: true, properties: { mail: 'ana@elsewhere.com' } },
    {
      what: 'known by a proxy address',
      accepted: true,
      properties: { mail: null, proxyAddresses: ['smtp:ana@contoso.com'], otherMails: [] },
    },
    { what: 'known by the #EXT# name alone', accepted: true, properties: { mail: null, proxyAddresses: [], otherMails: [] } },
  ])('D1 links and manages a guest $what, and makes no second one', async ({ accepted, properties }) => {
    world = new World({ settings: unfriendly });
    const guest = world.spoke.createExternalUser({ address: 'ana@contoso.com', accepted, properties });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, [ana]);
    expect(world.account(ana.id)).toMatchObject({ id: guest.id, properties: { jobTitle: 'Engineer' } });
    expect(origin(ana)).toBe('Adopted');
    expect(world.spoke.users()).toHaveLength(1);
    expect(world.spoke.deletedUsers()).toEqual([]);
  });

  it('D1 leaves alone an account that signs in with another identity provider', async () => {
    world = new World({ settings: unfriendly });
    const guest = world.spoke.createExternalUser({
      address: 'ana@contoso.com',
      properties: { identities: [{ signInType: 'federated', issuer: 'google.com', issuerAssignedId: null }] },
    });
    const ana = hire(world, 'ana');
    await provisioned(world, staff(world));
    await conflict(ana, 'IdentityProviderMismatch');
    expect(readyMessage(ana)).toContain(guest.id);
    expect(written()).not.toContain(guest.id);
    expect(world.spoke.user(guest.id)?.version).toBe(guest.version);
  });

  it('D1 does not take an account for the person by an address outside the source’s verified domains', async () => {
    world = new World({ settings: unfriendly });
    const guest = world.spoke.createExternalUser({ address: 'ana@mail.example' });
    const ana = hire(world, 'ana', { mail: 'ana@mail.example' });
    await provisioned(world, [], { invitation: { address: 'Mail' } });
    await conflict(ana, 'IdentityProviderMismatch');
    expect(world.spoke.user(guest.id)?.version).toBe(guest.version);
  });

  it('D1 does not hand the account of a renamed user to the one who inherits the address', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = accountId(ana);
    world.hub.updateUser(ana.id, { userPrincipalName: 'ana.old@contoso.com' });
    const namesake = hire(world, 'ana', { displayName: 'Another Ana' });
    await nextCycleSettled(world);
    await conflict(namesake, 'AddressBelongsToAnotherUser');
    expect(world.account(ana.id)).toMatchObject({ id, properties: { displayName: 'Ana' } });
    expect(readyMessage(namesake)).toContain(id);
  });

  it('D1 does not give the deleted account of a leaver to the one who inherits the address', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const former = accountId(ana);
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await untilState(world, ana, 'SoftDeleted');
    const namesake = hire(world, 'ana', { displayName: 'Another Ana' });
    await nextCycleSettled(world);
    await untilState(world, namesake, 'Provisioned');
    expect(accountId(namesake)).not.toBe(former);
    expect(world.spoke.deletedUsers().map(({ id }) => id)).toEqual([former]);
    expect(world.accountsOf('ana@contoso.com')).toHaveLength(1);
  });

  it.each([
    {
      what: 'for a seat',
      wait: () => world.applyPair({ limits: { maxUsers: 1 } }),
      waits: 'Skipped',
      end: () => world.applyPair({ limits: { maxUsers: 9 } }),
    },
    {
      what: 'for the end of a plan',
      wait: () => world.applyConfiguration({ mode: 'Plan' }),
      waits: 'Planned',
      end: () => world.applyConfiguration({ mode: 'Apply' }),
    },
  ])('D1 I1 links a guest whose person was renamed while waiting $what', async ({ wait, waits, end }) => {
    world = new World({ settings: unfriendly });
    const ben = hire(world, 'ben');
    await provisioned(world, [ben]);
    wait();
    await nextCycleSettled(world);
    const guest = world.spoke.createExternalUser({ address: 'ana@contoso.com' });
    const ana = hire(world, 'ana');
    await untilState(world, ana, waits);
    world.hub.updateUser(ana.id, { userPrincipalName: 'ana.new@contoso.com', mail: 'ana.new@contoso.com' });
    await world.until('the new address is recorded', () => world.projection(ana.id)?.spec.invitedAddress === 'ana.new@contoso.com');
    end();
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)?.id).toBe(guest.id);
    expect(origin(ana)).toBe('Adopted');
    expect(world.spoke.users()).toHaveLength(2);
  });

  it('D1 I1 leaves a guest alone who was invited under an address that the person did not have any more', async () => {
    world = new World({ settings: unfriendly });
    const ben = hire(world, 'ben');
    await provisioned(world, [ben]);
    world.applyPair({ limits: { maxUsers: 1 } });
    await nextCycleSettled(world);
    const ana = hire(world, 'ana');
    await untilState(world, ana, 'Skipped');
    world.hub.updateUser(ana.id, { userPrincipalName: 'ana.new@contoso.com', mail: 'ana.new@contoso.com' });
    await world.until('the former address is recorded', () => world.projection(ana.id)?.spec.formerAddresses?.length === 1);
    const guest = world.spoke.createExternalUser({ address: 'ana@contoso.com' });
    world.applyPair({ limits: { maxUsers: 9 } });
    await untilState(world, ana, 'Provisioned');
    expect(world.account(ana.id)?.id).not.toBe(guest.id);
    expect(world.spoke.user(guest.id)?.version).toBe(guest.version);
  });
});

describe('D2 internal users of the target', () => {
  it.each([
    { what: 'by mail', properties: { mail: 'ana@contoso.com' } },
    { what: 'by another mail', properties: { otherMails: ['ana@contoso.com'] } },
    { what: 'disabled', properties: { mail: 'ana@contoso.com', accountEnabled: false } },
  ])('D2 reports an internal user found $what, and does not touch it', async ({ properties }) => {
    world = new World({ settings: unfriendly });
    const internal = world.spoke.createUser({ userPrincipalName: 'ana@fabrikam.com', properties: { displayName: 'Ana', ...properties } });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, staff(world));
    await conflict(ana, 'InternalUserExists');
    expect(readyMessage(ana)).toContain(internal.id);
    expect(world.spoke.user(internal.id)?.version).toBe(internal.version);
    expect(world.accountsOf('ana@contoso.com').filter(({ id }) => id !== internal.id)).toEqual([]);
  });

  it('D2 writes nothing any more to an account that has become internal, and does not delete it', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana, ...staff(world)]);
    const id = accountId(ana);
    const converted = world.spoke.updateUser(id, {
      userPrincipalName: 'ana@fabrikam.com',
      creationType: null,
      externalUserState: null,
      identities: [{ signInType: 'userPrincipalName', issuer: 'fabrikam.onmicrosoft.com', issuerAssignedId: 'ana@fabrikam.com' }],
    });
    world.hub.updateUser(ana.id, { jobTitle: 'Architect' });
    await nextCycleSettled(world);
    await conflict(ana, 'InternalUserExists');
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    await world.run(60 * 60_000);
    expect(world.spoke.user(id)).toMatchObject({ version: converted.version, deletedAt: null });
  });

  it('D2 writes nothing on contradictory evidence', async () => {
    world = new World({ settings: unfriendly });
    const odd = world.spoke.createUser({
      userPrincipalName: 'ana@fabrikam.com',
      properties: { displayName: 'Ana', mail: 'ana@contoso.com', creationType: 'Invitation' },
    });
    const ana = hire(world, 'ana');
    await provisioned(world, staff(world));
    await conflict(ana, 'AmbiguousIdentity');
    expect(world.spoke.user(odd.id)?.version).toBe(odd.version);
  });
});

describe('D3 two for one', () => {
  it('D3 reports both source users who would be invited by one address, and creates one when the other lets go of it', async () => {
    world = new World({ settings: unfriendly });
    const ana = hire(world, 'ana', { mail: 'office@contoso.com' });
    const ben = hire(world, 'ben', { mail: 'office@contoso.com' });
    const eva = hire(world, 'eva', { mail: 'eva@contoso.com' });
    await provisioned(world, [eva], { invitation: { address: 'Mail' } });
    await conflict(ana, 'DuplicateSourceUsers');
    await conflict(ben, 'DuplicateSourceUsers');
    expect(world.spoke.users()).toHaveLength(1);
    world.hub.updateUser(ben.id, { mail: 'ben@contoso.com' });
    await nextCycleSettled(world);
    await untilState(world, ana, 'Provisioned', 60_000);
    await untilState(world, ben, 'Provisioned', 60_000);
    expect(world.accountsOf('office@contoso.com')).toHaveLength(1);
  });

  it('D3 reports two accounts in the target that match one source user, and links when one is left', async () => {
    world = new World({ settings: unfriendly });
    const guests = [1, 2].map(() => world.spoke.createExternalUser({ address: 'ana@contoso.com' }));
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, staff(world));
    await conflict(ana, 'DuplicateTargetUsers');
    expect(guests.map(({ id }) => world.spoke.user(id)?.version)).toEqual(guests.map(({ version }) => version));
    world.spoke.purge(guests[0]?.id ?? '');
    await untilState(world, ana, 'Provisioned', 24 * 60 * 60_000);
    expect(accountId(ana)).toBe(guests[1]?.id);
  });
});

describe('D4 adoption', () => {
  it('D4 reports an existing account where adoption is Ignore, and neither writes it nor makes another', async () => {
    world = new World({ settings: unfriendly });
    const guest = world.spoke.createExternalUser({ address: 'ana@contoso.com' });
    const ana = hire(world, 'ana', { jobTitle: 'Engineer' });
    await provisioned(world, staff(world), { matching: { adoption: 'Ignore' } });
    await conflict(ana, 'ExistingUserNotAdopted');
    expect(world.spoke.user(guest.id)?.version).toBe(guest.version);
    world.hub.softDelete(ana.id);
    await nextCycleSettled(world);
    expect(world.spoke.user(guest.id)).toMatchObject({ version: guest.version, deletedAt: null });
  });

  it('D4 takes its own account for its own where adoption is Ignore, also when the answer of the invitation was lost', async () => {
    world = new World({ settings: unfriendly });
    world.entra.faults.add({ effect: 'dropAfter', match: { operation: 'POST /invitations' } });
    const ana = hire(world, 'ana');
    await provisioned(world, [ana], { matching: { adoption: 'Ignore' } });
    expect(origin(ana)).toBe('Created');
  });

  it.each([
    { adoptedUsers: 'SoftDelete', deleted: 2 },
    { adoptedUsers: 'Retain', deleted: 1 },
  ])('D4 deprovisions the adopted with adoptedUsers: $adoptedUsers', async ({ adoptedUsers, deleted }) => {
    world = new World({ settings: unfriendly });
    const guest = world.spoke.createExternalUser({ address: 'ana@contoso.com' });
    const [ana, ben] = [hire(world, 'ana'), hire(world, 'ben')];
    await provisioned(world, [ana, ben, ...staff(world)], { deprovisioning: { adoptedUsers } });
    for (const { id } of [ana, ben]) world.hub.softDelete(id);
    await nextCycleSettled(world);
    await untilState(world, ben, 'SoftDeleted');
    await untilState(world, ana, deleted === 2 ? 'SoftDeleted' : 'Retained');
    expect(world.spoke.deletedUsers()).toHaveLength(deleted);
    expect(world.spoke.user(guest.id)?.deletedAt === null).toBe(deleted === 1);
  });
});
