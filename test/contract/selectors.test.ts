import { namesOf, useServer, type Client } from './support/client.ts';

const client = useServer();

describe('a label selector', () => {
  async function labelled(): Promise<Client> {
    const api = await client();
    await api.create('a', {}, { labels: { env: 'prod', 'example.dev/tier': 'x' } });
    await api.create('b', {}, { labels: { env: 'dev', 'example.dev/tier': 'y' } });
    await api.create('c');
    return api;
  }

  test.each([
    ['env=prod', ['a']],
    ['env==prod', ['a']],
    ['env!=prod', ['b', 'c']],
    ['env in (prod, dev)', ['a', 'b']],
    ['env notin (prod)', ['b', 'c']],
    ['env', ['a', 'b']],
    ['!env', ['c']],
    ['env,example.dev/tier in (x,y),env!=dev', ['a']],
    ['env=', []],
    ['', ['a', 'b', 'c']],
  ])('"%s" selects %j', async (selector, expected) => {
    const api = await labelled();
    expect(namesOf(await api.get(`${api.widgets}?labelSelector=${encodeURIComponent(selector)}`))).toEqual(expected);
  });

  test.each(['a in b', '=x', 'a b', 'a=b c', '-a=b'])('"%s" is a 400', async (selector) => {
    const api = await client();
    expect((await api.get(`${api.widgets}?labelSelector=${encodeURIComponent(selector)}`)).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
    });
  });
});

describe('a field selector', () => {
  test.each([
    ['metadata.name=a', ['a']],
    ['metadata.name!=a', ['b']],
    ['spec.colour=blue', ['b']],
    ['spec.colour==blue', ['b']],
    ['status.state=New,spec.colour!=blue', ['a']],
    ['status.state=', []],
    ['', ['a', 'b']],
  ])('"%s" selects %j', async (selector, expected) => {
    const api = await client();
    await api.create('a');
    await api.create('b', { colour: 'blue' });
    expect(namesOf(await api.get(`${api.widgets}?fieldSelector=${encodeURIComponent(selector)}`))).toEqual(expected);
  });

  test('follows the status', async () => {
    const api = await client();
    await api.create('a');
    await api.create('b');
    await api.patch('a', { status: { state: 'Old' } }, '/status');
    expect(namesOf(await api.get(`${api.widgets}?fieldSelector=status.state%3DOld`))).toEqual(['a']);
    expect(namesOf(await api.get(`${api.widgets}?fieldSelector=status.state%3DNew`))).toEqual(['b']);
  });

  test('works over all namespaces, with metadata.namespace beside it', async () => {
    const [one, two] = [await client(), await client()];
    for (const api of [one, two]) await api.create('a', { colour: 'green' });
    const selector = encodeURIComponent(`spec.colour=green,metadata.namespace=${two.namespace}`);
    const { body } = await one.get(`/apis/contract.example.dev/v1/widgets?fieldSelector=${selector}`);
    expect(body.items).toMatchObject([{ metadata: { namespace: two.namespace } }]);
  });

  test('by a field that is not selectable is a 400 that names it', async () => {
    const api = await client();
    const { body } = await api.get(`${api.widgets}?fieldSelector=spec.size%3D1`);
    expect(body).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(body.message).toMatchSnapshot();
  });

  test('of our kinds is offered for what one looks users up by', async () => {
    const api = await client();
    for (const field of ['spec.syncConfigurationRef.name', 'spec.source.objectId', 'spec.source.userPrincipalName', 'status.state']) {
      const path = `/apis/tenantsync.dev/v1alpha1/userprojections?fieldSelector=${field}%3Dx`;
      expect([field, (await api.get(path)).status]).toEqual([field, 200]);
    }
  });
});
