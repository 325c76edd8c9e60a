import type { SandboxUser } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { hire, reasonOf, untilState } from '../support/people.ts';
import { realCluster } from '../support/real-kubernetes/cluster.ts';
import { condition, guests, hire as hireMany, replicated, spokeVersions } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const asGuest: JsonObject = { attributeMappings: [{ target: 'userType', constant: 'Guest', apply: 'OnCreate' }] };
const permission = 'OrgContact.Read.All';

describe('D5 mail contacts', () => {
  let world: World;
  afterEach(() => world.end());

  /** Ana, and a target that may be asked for its contacts, or not. */
  async function ana(granted = true, settings = unfriendly): Promise<SandboxUser> {
    world = new World({ settings });
    if (granted) world.spokeApp.grant(permission);
    const person = hire(world, 'ana');
    await replicated(world);
    return person;
  }
  const contact = (mail = 'ana@contoso.com'): string => world.spoke.createContact({ displayName: 'A contact', mail });
  const statusOf = ({ id }: SandboxUser) => world.projection(id)?.status;
  const warningsOf = (person: SandboxUser): readonly string[] =>
    (statusOf(person)?.warnings ?? []).map(({ reason, message }) => `${reason} ${message}`);
  const looked = (): number => world.spoke.log.count('GET /contacts');
  const fullCycle = async (): Promise<void> => {
    await world.run(15 * minute);
    await world.restart();
    await world.run(2 * minute);
  };

  it('D5 1 nothing there, a member: made without mail of its own, and nobody is warned', async () => {
    const person = await ana();
    await world.begin();
    await untilState(world, person, 'Provisioned');
    await fullCycle();
    expect(warningsOf(person)).toEqual([]);
    expect(world.account(person.id)?.properties.userType).toBe('Member');
  });

  it('D5 2 nothing there, a guest: made with mail of its own', async () => {
    const person = await ana();
    await world.begin(asGuest);
    await untilState(world, person, 'Provisioned');
    await fullCycle();
    expect(statusOf(person)?.targetUser).toMatchObject({ userType: 'Guest', mailEnabled: true });
    expect(warningsOf(person)).toEqual([]);
  });

  it.each([true, false])('D5 3 a contact, a member: a conflict that names the contact (contacts may be read: %s)', async (granted) => {
    const person = await ana(granted);
    const id = contact();
    await world.begin({ fullInterval: '1h' });
    await untilState(world, person, 'Conflict');
    expect(reasonOf(world, person)).toBe('ContactExists');
    expect(condition({ status: statusOf(person) ?? {} })?.message).not.toContain('@');
    expect(statusOf(person)).toMatchObject({ conflictingObjectId: id, conflictingObjectKind: 'Contact' });
    expect(guests(world)).toEqual([]);
    // Known before, nobody is invited in vain.
    expect(world.spoke.log.count('POST /invitations') > 0).toBe(!granted);
    await world.run(2 * hour);
    expect(world.spoke.log.count('POST /invitations') > 0).toBe(!granted);
    world.spoke.removeContact(id);
    await untilState(world, person, 'Provisioned', 2 * hour);
    expect(guests(world)).toHaveLength(1);
  });

  it.each([true, false])(
    'D5 4 a contact, a guest: made beside it, without mail of its own, and warned of (contacts may be read: %s)',
    async (granted) => {
      const person = await ana(granted);
      const id = contact();
      await world.begin(asGuest);
      await untilState(world, person, 'Provisioned');
      if (!granted) await fullCycle();
      await world.until('it is warned of', () => warningsOf(person).length === 1);
      expect(statusOf(person)?.targetUser).toMatchObject({ userType: 'Guest', mailEnabled: false });
      expect(warningsOf(person)[0]).toContain(granted ? `ContactExists A mail contact of the target holds the address` : 'MailNotEnabled');
      expect(warningsOf(person)[0]?.includes(id)).toBe(granted);
      expect(condition({ status: statusOf(person) ?? {} })?.status).toBe('True');
    },
  );

  it.each(['Guest', 'Member'])('D5 5, 6 a mail-enabled %s is there: adopted as it is, and no contact is asked for', async (userType) => {
    const person = await ana();
    world.spoke.createExternalUser({
      address: 'ana@contoso.com',
      userType: userType as 'Guest',
      properties: { proxyAddresses: ['SMTP:ana@contoso.com'] },
    });
    await replicated(world);
    await world.begin();
    await untilState(world, person, 'Provisioned');
    await fullCycle();
    expect(statusOf(person)?.targetUser).toMatchObject({ origin: 'Adopted', userType, mailEnabled: true });
    expect(warningsOf(person)).toEqual([]);
  });

  it('D5 a contact that arrives later strips the address: told at the next full cycle, and again when it is mended', async () => {
    const person = await ana();
    await world.begin({ ...asGuest, fullInterval: '1h' });
    await untilState(world, person, 'Provisioned');
    await fullCycle();
    const id = contact();
    expect(world.account(person.id)?.properties.proxyAddresses).toEqual([]);
    await world.until('it is told', () => warningsOf(person).length === 1, 2 * hour);
    expect(warningsOf(person)[0]).toMatch(new RegExp(`^ContactExists .*${id}`));
    expect(statusOf(person)?.targetUser?.mailEnabled).toBe(false);
    world.spoke.removeContact(id);
    await fullCycle();
    expect(warningsOf(person)[0]).toMatch(/^MailNotEnabled/);
    world.spoke.updateUser(world.account(person.id)?.id ?? '', { proxyAddresses: ['SMTP:ana@contoso.com'] });
    await fullCycle();
    expect(warningsOf(person)).toEqual([]);
    expect(statusOf(person)?.targetUser?.mailEnabled).toBe(true);
  });

  it.each(['Report', 'Correct'])(
    'D5 E11 a contact that arrives later is told by the next pass over the target as well (%s)',
    async (policy) => {
      const person = await ana();
      await world.begin({ ...asGuest, fullInterval: '720h', drift: { policy, interval: '30m' } });
      await untilState(world, person, 'Provisioned');
      await world.run(15 * minute);
      await world.restart();
      await world.run(40 * minute);
      expect(statusOf(person)?.targetUser?.mailEnabled).toBe(true);
      const id = contact();
      const writes = world.spoke.log.writes().length;
      await world.until('it is told', () => warningsOf(person).length === 1, hour);
      expect(warningsOf(person)[0]).toMatch(new RegExp(`^ContactExists .*${id}`));
      expect(statusOf(person)?.targetUser?.mailEnabled).toBe(false);
      const asked = looked();
      await world.run(3 * hour);
      // It is looked for once, and not by each pass.
      expect(looked()).toBe(asked);
      world.spoke.removeContact(id);
      world.spoke.updateUser(world.account(person.id)?.id ?? '', { proxyAddresses: ['SMTP:ana@contoso.com'] });
      await world.until('it is mended', () => warningsOf(person).length === 0, hour);
      expect(statusOf(person)?.targetUser?.mailEnabled).toBe(true);
      expect(world.spoke.log.writes()).toHaveLength(writes);
    },
  );

  it('D5 I7 an idle cycle asks for nobody’s contact, and a creation is no request more', async () => {
    const requests = async (granted: boolean): Promise<object> => {
      world = new World();
      if (granted) world.spokeApp.grant(permission);
      const people = hireMany(world, 20);
      await world.begin(asGuest);
      await world.until('everybody is there', () => people.every(({ id }) => world.projection(id)?.status.state === 'Provisioned'));
      const batches = world.spoke.log.count('POST /$batch');
      await fullCycle();
      world.spoke.log.reset();
      const versions = spokeVersions(world);
      await world.run(hour);
      expect([spokeVersions(world), looked()]).toEqual([versions, 0]);
      // A real API server takes time of that hour: the pair is looked at more or less often in it.
      const reads = realCluster === undefined ? world.spoke.log.entries().length : 'Uncounted';
      await world.end();
      return { batches, reads };
    };
    expect(await requests(true)).toEqual(await requests(false));
  });

  it('D5 a permission that is withdrawn stops nobody’s creation', async () => {
    const person = await ana();
    await world.begin();
    await untilState(world, person, 'Provisioned');
    world.entra.faults.add({
      effect: 'status',
      status: 403,
      code: 'Authorization_RequestDenied',
      times: Infinity,
      match: { operation: 'GET /contacts' },
    });
    const eva = hire(world, 'eva');
    await replicated(world);
    await world.sync();
    await untilState(world, eva, 'Provisioned', 10 * minute);
    expect(guests(world)).toHaveLength(2);
  });

  it('D5 I13 a plan says of a contact what Apply then does', async () => {
    const person = await ana();
    const id = contact();
    await world.begin({ mode: 'Plan' });
    await untilState(world, person, 'Conflict');
    expect([reasonOf(world, person), statusOf(person)?.conflictingObjectId]).toEqual(['ContactExists', id]);
    expect(statusOf(person)?.conflictingObjectKind).toBe('Contact');
  });
});
