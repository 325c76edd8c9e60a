import type { DirectoryUser } from '../../../../src/api/directory-user.ts';
import { isMailChanged, mailStanding, mailWarning, mailWarningsOf, type MailFacts } from '../../../../src/core/lifecycle/mail.ts';
import { guest } from '../support.ts';

const withProxies: DirectoryUser = { ...guest('account'), userType: 'Guest', proxyAddresses: ['SMTP:ana@contoso.com'] };
const without: DirectoryUser = { ...withProxies, proxyAddresses: [] };
const member: DirectoryUser = { ...without, userType: 'Member' };
const warned = { warnings: [mailWarning(undefined)] };
const had = (mailEnabled: boolean) => ({ targetUser: { objectId: 'account', mailEnabled } });
const facts = (more: Partial<MailFacts> = {}): MailFacts => ({
  account: { type: 'InUse', user: without },
  status: {},
  fresh: false,
  asked: false,
  ...more,
});
const nothing = (enabled: boolean | undefined) => ({ enabled, look: 'Nothing' });

describe('D5 the mail of an account', () => {
  it.each<[string, Partial<MailFacts>, object]>([
    ['a guest with an address', { account: { type: 'InUse', user: withProxies } }, nothing(true)],
    ['a guest without one', {}, { enabled: false, look: 'Contact' }],
    ['a member without one', { account: { type: 'InUse', user: member } }, nothing(false)],
    ['a member that had one', { account: { type: 'InUse', user: member }, status: had(true) }, { enabled: false, look: 'Contact' }],
    [
      'a member that had one, and was told of',
      { account: { type: 'InUse', user: member }, status: { ...had(false), ...warned } },
      { enabled: false, look: 'Keep' },
    ],
    ['a guest that was told of', { status: { ...had(false), ...warned } }, { enabled: false, look: 'Keep' }],
    [
      'a guest that was told of, in a full cycle',
      { status: { ...had(false), ...warned }, asked: true },
      { enabled: false, look: 'Contact' },
    ],
    [
      'a guest that was told of, and has one again',
      { account: { type: 'InUse', user: withProxies }, status: { ...had(false), ...warned } },
      nothing(true),
    ],
    ['a guest that was just written to', { fresh: true }, nothing(undefined)],
    ['a guest that was just made', { account: { type: 'Unfinished', user: without } }, nothing(undefined)],
    [
      'a guest that was just made beside a contact',
      { account: { type: 'Unfinished', user: without }, status: had(false) },
      { enabled: false, look: 'Contact' },
    ],
    ['a guest that was not read', { account: { type: 'New' }, status: had(false) }, nothing(false)],
    ['a guest that was not read, and of which nothing is known', { account: { type: 'New' } }, nothing(undefined)],
    ['a guest that lost it, just written to', { status: had(true), fresh: true }, { enabled: false, look: 'Contact' }],
  ])('%s', (_, given, standing) => {
    expect(mailStanding(facts(given))).toEqual(standing);
  });

  it('is warned of with the contact, if one was found', () => {
    expect(mailWarning('contact-1')).toEqual({ reason: 'ContactExists', message: expect.stringContaining('contact-1') as string });
    expect(mailWarning(undefined).reason).toBe('MailNotEnabled');
    const manager = { reason: 'ManagerNotProjected', message: 'No.' };
    expect(mailWarningsOf({ warnings: [manager, mailWarning('contact-1')] })).toEqual([mailWarning('contact-1')]);
    expect(mailWarningsOf({})).toEqual([]);
  });
});

describe('D5 E11 a list that shows mail', () => {
  it.each([
    ['where the record knows of some is no news', had(true), withProxies, false],
    ['where the record knows of none is news', had(false), withProxies, true],
    ['of nobody yet looked at is no news', {}, withProxies, false],
  ])('%s', (_, status, user, expected) => {
    expect(isMailChanged(status, user)).toBe(expected);
  });

  it('or none, where the record knows of some, is news', () => {
    expect([isMailChanged(had(true), without), isMailChanged(had(false), without)]).toEqual([true, false]);
  });
});
