import { resolveScope } from '../../../../src/controllers/sync-configuration/read/scope-names.ts';
import { cycleRun, finish } from '../../../support/cycle-run.ts';
import { sourceUser } from '../../../support/fake-source.ts';

const users = (count: number): { readonly userPrincipalName: string }[] =>
  Array.from({ length: count }, (_, index) => ({ userPrincipalName: `user${index}@contoso.com` }));

test('however many names cannot be found, what is said of them fits the status, and the runtime gets its turn after each', async () => {
  const { run } = cycleRun({
    scope: { type: 'Assigned', users: users(500) },
    source: { findUserByPrincipalName: () => Promise.resolve(undefined) },
  });
  const { result, pauses } = await finish(resolveScope(run));
  expect(result).toMatchObject({ found: [], resolved: { users: [] } });
  expect(result.warnings).toHaveLength(1);
  expect(result.warnings[0]?.message).toMatch(/^spec\.scope\.users\[0\], .*spec\.scope\.users\[9\] and 490 more: /);
  expect(result.warnings[0]?.message.length).toBeLessThan(1024);
  expect(pauses).toHaveLength(500);
});

test('what status knows is not looked up again, and what was found now is evaluated though no delta announces it', async () => {
  const asked: string[] = [];
  const { run } = cycleRun({
    scope: { type: 'Assigned', users: users(2) },
    status: { resolvedScope: { users: [{ userPrincipalName: 'user0@contoso.com', id: 'ana' }] } },
    source: {
      findUserByPrincipalName: (name) => {
        asked.push(name);
        return Promise.resolve(sourceUser('ben'));
      },
    },
  });
  const { result } = await finish(resolveScope(run));
  expect({ asked, found: result.found }).toEqual({ asked: ['user1@contoso.com'], found: ['ben'] });
});

test('an ambiguous name of a group is told with its place and some of the ids, however many there are', async () => {
  const { run } = cycleRun({
    scope: { type: 'Assigned', groups: [{ id: 'g' }, { displayName: 'Falcon' }] },
    source: {
      findGroupsByName: () =>
        Promise.resolve(
          Array.from({ length: 5000 }, (_, index) => ({
            id: `id-${index}`,
            displayName: 'Falcon',
            securityEnabled: true,
            visibility: null,
          })),
        ),
    },
  });
  const failure = await finish(resolveScope(run)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ reason: 'ScopeNameAmbiguous', stalled: true });
  expect(String(failure)).toMatch(/spec\.scope\.groups\[1\]: 5000 groups.*id-9 and 4990 more\./);
});
