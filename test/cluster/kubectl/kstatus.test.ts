import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import { Kubectl } from './support/kubectl.ts';
import { healthOf, stateOf } from './support/kstatus.ts';
import { Site } from './support/site.ts';

const namespace = 'life';
const kubectl = new Kubectl();
const site = new Site(kubectl, namespace);

const ok = (...args: string[]): Promise<string> => kubectl.ok(...args, '-n', namespace);
const get = (resource: string): Promise<KubeObject> => kubectl.json<KubeObject>('get', resource, '-n', namespace);
const state = async (resource: string): Promise<string> => stateOf(await get(resource));
const patch = (resource: string, body: object): Promise<string> => ok('patch', resource, '--type=merge', '-p', JSON.stringify(body));

/** Waits as `kubectl wait` does, by a condition or a value. */
const until = (resource: string, what: string): Promise<string> => ok('wait', resource, `--for=${what}`, '--timeout=60s');
const untilReason = (resource: string, reason: string): Promise<string> =>
  until(resource, `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=${reason}`);

/** Waits until the present generation has been observed, with this reason. */
async function untilObserved(resource: string, reason: string): Promise<void> {
  const { generation } = (await get(resource)).metadata;
  await until(resource, `jsonpath={.status.observedGeneration}=${generation ?? 0}`);
  await untilReason(resource, reason);
}

const pair = 'tpair/contoso-to-fabrikam';
const configuration = 'synccfg/contoso-staff';
/** A change of each spec. */
const changes: Readonly<Record<string, string>> = {
  [pair]: '{"spec":{"crossTenantAccess":{"withoutSyncPolicy":"Accept"}}}',
  [configuration]: '{"spec":{"interval":"30m"}}',
};
let person: string;

beforeAll(async () => {
  await kubectl.prepare(namespace);
  person = site.person('Ana');
  site.person('Bo');
});

afterAll(async () => {
  await site.stop();
  await kubectl.empty(namespace);
  kubectl.close();
});

// One life, told in order: each step begins where the one before has ended.
describe('F1 kstatus through the life of', () => {
  test('new resources, before anybody has looked at them: nothing is ready', async () => {
    await site.apply(site.manifest());
    expect({ pair: await state(pair), configuration: await state(configuration) }).toEqual({
      configuration: 'InProgress | no conditions | none | never observed',
      pair: 'InProgress | no conditions | none | never observed',
    });
    for (const resource of [pair, configuration]) {
      const waited = await kubectl.run(['wait', resource, '--for=condition=Ready', '--timeout=1s', '-n', namespace]);
      expect([resource, waited.code, healthOf(await get(resource))]).toEqual([resource, 1, 'InProgress']);
    }
  });

  test('resources that are reconciled: InProgress until they are ready, and never ready in between', async () => {
    const seen = watchHealth([pair, configuration, 'uproj']);
    await site.start();
    await until(configuration, 'condition=Ready');
    await ok('wait', 'uproj', '--all', '--for=condition=Ready', '--timeout=60s');
    const user = `uproj/contoso-staff-${person}`;
    expect({ pair: await state(pair), configuration: await state(configuration), user: await state(user) }).toEqual({
      configuration: 'Current | Ready=True | Succeeded | observed',
      pair: 'Current | Ready=True | Succeeded | observed',
      user: 'Current | Ready=True | UserCreated | observed',
    });
    for (const health of (await seen()).values()) expect(health.join()).toMatch(/^(InProgress,)?Current$/);
  });

  test('a change of the spec: InProgress at once, Current when it has been carried out', async () => {
    await site.stop();
    for (const resource of [pair, configuration]) await ok('patch', resource, '--type=merge', '-p', changes[resource] ?? '');
    expect({ pair: await state(pair), configuration: await state(configuration) }).toEqual({
      configuration: 'InProgress | Ready=True | Succeeded | observed before',
      pair: 'InProgress | Ready=True | Succeeded | observed before',
    });
    await site.start();
    for (const resource of [pair, configuration]) await untilObserved(resource, 'Succeeded');
    expect({ pair: await state(pair), configuration: await state(configuration) }).toEqual({
      configuration: 'Current | Ready=True | Succeeded | observed',
      pair: 'Current | Ready=True | Succeeded | observed',
    });
  });

  test('a spec that cannot work: Failed, until it is mended', async () => {
    await patch(configuration, {
      spec: { scope: { filters: [{ name: 'f', clauses: [{ attribute: 'department', operator: 'RegexMatch', value: '(' }] }] } },
    });
    await until(configuration, 'condition=Stalled');
    const waited = await kubectl.run(['wait', configuration, '--for=condition=Ready', '--timeout=1s', '-n', namespace]);
    expect([waited.code, await state(configuration)]).toEqual([1, 'Failed | Ready=False Stalled=True | InvalidFilter | observed']);
    await patch(configuration, { spec: { scope: { filters: null } } });
    await untilReason(configuration, 'Succeeded');
    expect(await state(configuration)).toEqual('Current | Ready=True | Succeeded | observed');
  });

  test('suspended: as it was, with the reason Suspended', async () => {
    for (const resource of [configuration, pair]) {
      await patch(resource, { spec: { suspend: true } });
      await untilReason(resource, 'Suspended');
    }
    expect({ pair: await state(pair), configuration: await state(configuration) }).toEqual({
      configuration: 'InProgress | Ready=True | Suspended | observed before',
      pair: 'Current | Ready=True | Suspended | observed',
    });
    for (const resource of [pair, configuration]) {
      await patch(resource, { spec: { suspend: false } });
      await untilObserved(resource, 'Succeeded');
    }
  });

  test('a pair whose target says no: not ready, and the configuration with it', async () => {
    site.spoke.policies.setUserSync(site.hub.tenantId, false);
    for (const resource of [pair, configuration]) await ok('annotate', '--overwrite', resource, 'tenantsync.dev/requested-at=no');
    await until(pair, 'condition=Ready=false');
    await until(configuration, 'condition=Ready=false');
    expect({ pair: await state(pair), configuration: await state(configuration) }).toEqual({
      configuration: 'InProgress | Ready=False | UserSyncNotAllowed | observed',
      pair: 'InProgress | Ready=False | UserSyncNotAllowed | observed',
    });
    site.spoke.policies.setUserSync(site.hub.tenantId, true);
    for (const resource of [pair, configuration]) await ok('annotate', '--overwrite', resource, 'tenantsync.dev/requested-at=yes');
    for (const resource of [pair, configuration]) await untilReason(resource, 'Succeeded');
  });

  test('a second pair for the same tenants: Failed, the first as it was', async () => {
    await site.apply(site.pair().replace('name: contoso-to-fabrikam', 'name: second'));
    await until('tpair/second', 'condition=Stalled');
    expect({ second: await state('tpair/second'), first: await state(pair) }).toEqual({
      first: 'Current | Ready=True | Succeeded | observed',
      second: 'Failed | Ready=False Stalled=True | DuplicateTenantPair | observed',
    });
    await ok('delete', 'tpair', 'second');
  });

  test('a user in conflict: Failed; the configuration is ready all the same', async () => {
    site.spoke.createUser({ userPrincipalName: 'cleo@fabrikam.com', properties: { displayName: 'Cleo', mail: 'cleo@contoso.com' } });
    const cleo = `uproj/contoso-staff-${site.person('Cleo')}`;
    await ok('annotate', '--overwrite', configuration, 'tenantsync.dev/requested-at=cleo');
    await until(configuration, 'jsonpath={.status.lastHandledReconcileAt}=cleo');
    await until(cleo, 'jsonpath={.status.state}=Conflict');
    expect({ user: await state(cleo), configuration: await state(configuration) }).toEqual({
      configuration: 'Current | Ready=True | Succeeded | observed',
      user: 'Failed | Ready=False Stalled=True | InternalUserExists | observed',
    });
  });

  test('a deletion: Terminating while a finalizer waits, then gone', async () => {
    await site.stop();
    const user = `uproj/contoso-staff-${person}`;
    const { uid } = (await get(user)).metadata;
    // kubectl waits for the end of this very object: another one of the name, while Ana is in scope, comes after it.
    const deleting = ok('delete', user, '--timeout=60s');
    await until(user, 'jsonpath={.metadata.deletionTimestamp}');
    expect(await state(user)).toEqual('Terminating | Ready=True | UserCreated | observed before');
    await site.start();
    await deleting;
    const after = await kubectl.run(['get', user, '-n', namespace, '-o', 'jsonpath={.metadata.uid}']);
    expect(after.out).not.toBe(uid);
  });
});

/** Looks at resources again and again; gives back, for each object, the healths it went through. */
function watchHealth(resources: readonly string[]): () => Promise<ReadonlyMap<string, string[]>> {
  const seen = new Map<string, string[]>();
  const ending = new AbortController();
  const look = async (): Promise<void> => {
    for (const resource of resources) {
      const said = await kubectl.run(['get', resource, '-n', namespace, '-o', 'json']);
      if (said.code !== 0) continue;
      const answer = JSON.parse(said.out) as KubeObject & { items?: KubeObject[] };
      for (const object of answer.items ?? [answer]) {
        const healths = seen.get(object.metadata.uid ?? '') ?? [];
        if (healths.at(-1) !== healthOf(object)) healths.push(healthOf(object));
        seen.set(object.metadata.uid ?? '', healths);
      }
    }
  };
  const looking = (async (): Promise<void> => {
    while (!ending.signal.aborted) await look();
  })();
  return async () => {
    ending.abort();
    await looking;
    await look();
    return seen;
  };
}
