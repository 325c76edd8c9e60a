import { directoryFailure, type DirectoryFailure } from '../../../src/core/errors/directory-error.ts';
import { GraphGroups } from '../../../src/graph/directory/groups.ts';
import { accessSettings } from '../../../src/graph/directory/policies.ts';
import { call, failureOf, id, inParts, type Reply, type World, world } from './support.ts';

const invitation = {
  emailAddress: 'a@contoso.com',
  displayName: 'A',
  userType: 'Guest',
  redirectUrl: 'https://apps.example',
  sendMessage: false,
} as const;
const names = { displayName: 'Falcon', mailNickname: 'falcon' };

const done: Reply = { status: 204 };
const madeAs = (body: unknown): Reply => ({ status: 201, body });
const broughtBack: Reply = { body: { '@odata.type': '#microsoft.graph.user', id: id(1).toUpperCase() } };

/** Each write of the product, and how Graph answers it when it has carried it out. */
const writes: readonly (readonly [string, (world: World) => Promise<unknown>, readonly Reply[]])[] = [
  ['POST /invitations', ({ target }) => target.invite(invitation, call()), [madeAs({ status: 'Completed', invitedUser: { id: id(1) } })]],
  ['PATCH /users/{id}', ({ target }) => target.updateUser(id(1), { accountEnabled: false }, call()), [done]],
  ['PUT /users/{id}/manager/$ref', ({ target }) => target.setManager(id(1), id(2), call()), [done]],
  ['DELETE /users/{id}/manager/$ref', ({ target }) => target.clearManager(id(1), call()), [done]],
  ['POST /users/{id}/revokeSignInSessions', ({ target }) => target.revokeSessions(id(1), call()), [{ body: { value: true } }, done]],
  ['DELETE /users/{id}', ({ target }) => target.deleteUser(id(1), call()), [done]],
  ['POST …/{id}/restore of a user', ({ target }) => target.restoreUser(id(1), { reconcileProxies: false }, call()), [broughtBack]],
  ['DELETE /directory/deletedItems/{id}', ({ target }) => target.purgeUser(id(1), call()), [done]],
  ['PATCH /groups(uniqueName)', ({ client }) => new GraphGroups(client).createGroup('a', names, call()), [madeAs({ id: id(1) }), done]],
  ['PATCH /groups/{id}', ({ client }) => new GraphGroups(client).updateGroup(id(1), names, call()), [done]],
  ['DELETE /groups/{id}', ({ client }) => new GraphGroups(client).deleteGroup(id(1), call()), [done]],
  ['POST …/{id}/restore of a group', ({ client }) => new GraphGroups(client).restoreGroup(id(1), call()), [broughtBack]],
  ['PATCH /groups/{id} with members', ({ client }) => new GraphGroups(client).addMembers(id(1), [id(2)], call()), [done]],
  ['DELETE …/members/{id}/$ref in a batch', ({ client }) => new GraphGroups(client).removeMembers(id(1), [id(2)], call()), [done]],
  ['POST …/partners', ({ client }) => accessSettings(client).createPartner(id(40), {}, call()), [madeAs({ tenantId: id(40) })]],
  ['PATCH …/partners/{id}', ({ client }) => accessSettings(client).updatePartner(id(40), {}, call()), [done]],
  ['PUT …/identitySynchronization', ({ client }) => accessSettings(client).createUserSync(id(40), 'C', call()), [done]],
];

/** Answers of success of which each is a receipt for some write, or for none. */
const answers: readonly Reply[] = [
  { status: 200 },
  { status: 200, body: {} },
  { status: 200, body: { id: id(9) } },
  { status: 200, body: { value: 'true' } },
  { status: 200, body: [] },
  { status: 201 },
  { status: 201, body: {} },
  { status: 201, body: { id: 'none' } },
  { status: 201, body: { tenantId: id(41) } },
  { status: 201, body: { status: 'Completed', invitedUser: { id: 'none' } } },
  { status: 202 },
  { status: 203, body: { id: id(1) } },
  { status: 206, body: {} },
  done,
  madeAs({ status: 'Completed', invitedUser: { id: id(1) } }),
  { body: { value: true } },
  broughtBack,
  madeAs({ id: id(1) }),
  madeAs({ tenantId: id(40) }),
];

describe('A write is believed', () => {
  test.each(writes)('%s: only when it is answered as Graph answers it', async (_, write, receipts) => {
    const believed: Reply[] = [];
    const failures: DirectoryFailure[] = [];
    for (const answer of answers) {
      const outcome = await write(world(inParts(() => answer))).then(
        () => undefined,
        (error: unknown) => directoryFailure(error),
      );
      if (outcome === undefined) believed.push(answer);
      else failures.push(outcome);
    }
    expect(new Set(believed)).toEqual(new Set(receipts));
    const unknown = { kind: 'Unavailable', reason: 'GraphUnavailable', outcomeUnknown: true };
    expect(failures).toEqual(failures.map(() => expect.objectContaining(unknown) as unknown));
  });

  test('only of the batch part that is answered at all', async () => {
    for (const body of [{ responses: [] }, { responses: [{ id: '1' }] }, { responses: [{ id: '1', status: 100 }] }, undefined]) {
      const { client } = world(() => ({ body }));
      const failure = await failureOf(new GraphGroups(client).removeMembers(id(1), [id(2)], call()));
      expect(failure).toMatchObject({ kind: 'Unavailable', outcomeUnknown: true });
    }
  });
});
