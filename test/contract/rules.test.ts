import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import { object, outOfBounds, refused, refusedChanges, validSpec } from '../unit/crds/rule-cases.ts';
import { useServer, type Client } from './support/client.ts';

const client = useServer();
const plurals: Readonly<Record<string, string>> = {
  TenantPair: 'tenantpairs',
  SyncConfiguration: 'syncconfigurations',
  UserProjection: 'userprojections',
  GroupProjection: 'groupprojections',
};

function pathOf(api: Client, kind: string): string {
  return `/apis/tenantsync.dev/v1alpha1/namespaces/${api.namespace}/${plurals[kind] ?? ''}`;
}

const post = (api: Client, kind: string, spec: JsonObject, name = 'one') =>
  api.call('POST', pathOf(api, kind), object(kind, spec, name, api.namespace));

describe('what users of our kinds read when they are refused', () => {
  test.each([...refused, ...outOfBounds])('a $kind with $what', async ({ kind, spec }) => {
    const { status, body } = await post(await client(), kind, spec);
    expect([status, body.reason]).toEqual([422, 'Invalid']);
    expect(body.message).toMatchSnapshot();
  });

  test.each(refusedChanges)('a $kind changed to $what', async ({ kind, spec }) => {
    const api = await client();
    expect((await post(api, kind, validSpec[kind] ?? {})).status).toBe(201);
    const { status, body } = await api.call('PATCH', `${pathOf(api, kind)}/one`, { spec });
    expect([status, body.reason]).toEqual([422, 'Invalid']);
    expect(body.message).toMatchSnapshot();
  });

  test.each(['TenantPair', 'SyncConfiguration'])('a %s with a name that fits no label', async (kind) => {
    const { body } = await post(await client(), kind, validSpec[kind] ?? {}, 'n'.repeat(64));
    expect(body.message).toMatchSnapshot();
  });

  test('a field that is misspelt', async () => {
    const api = await client();
    const spec = { ...validSpec.SyncConfiguration, intervall: '5m' };
    const { body } = await api.call(
      'POST',
      `${pathOf(api, 'SyncConfiguration')}?fieldValidation=Strict`,
      object('SyncConfiguration', spec, 'one', api.namespace),
    );
    expect(body.message).toBe(
      'SyncConfiguration in version "v1alpha1" cannot be handled as a SyncConfiguration: strict decoding error: unknown field "spec.intervall"',
    );
  });
});

describe('a new object of our kinds', () => {
  test.each(Object.keys(validSpec))('%s is not taken for a ready one, and shows what applies', async (kind) => {
    const { status, body } = await post(await client(), kind, validSpec[kind] ?? {});
    expect(status).toBe(201);
    expect(body.status).toMatchObject({ observedGeneration: -1 });
    expect({ spec: body.spec, status: body.status }).toMatchSnapshot();
  });

  test('UserProjection is found by its state before anybody looked at it', async () => {
    const api = await client();
    await post(api, 'UserProjection', validSpec.UserProjection ?? {});
    const { body } = await api.get(`${pathOf(api, 'UserProjection')}?fieldSelector=status.state%3DPending`);
    expect(body.items).toHaveLength(1);
  });

  test('UserProjection keeps values of any shape among its attributes', async () => {
    const api = await client();
    const attributes = { displayName: 'A', accountEnabled: true, businessPhones: ['1', '2'] };
    const { body } = await post(api, 'UserProjection', { ...validSpec.UserProjection, attributes });
    expect(body.spec).toMatchObject({ attributes });
  });
});
