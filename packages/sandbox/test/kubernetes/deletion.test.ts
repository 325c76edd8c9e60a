import { Cluster, base, widget } from './cluster.ts';

const refTo = (name: string): { kind: string; namespace: string; name: string } => ({ kind: 'Widget', namespace: 'default', name });

describe('deleting', () => {
  test('answers with a success that names the object', async () => {
    const cluster = new Cluster();
    const { metadata } = await cluster.create('a');
    expect((await cluster.call('DELETE', `${base}/a`)).body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', group: 'example.dev', kind: 'widgets', uid: metadata.uid },
    });
    expect((await cluster.call('DELETE', `${base}/a`)).status).toBe(404);
  });

  test('with preconditions that do not hold is a 409', async () => {
    const cluster = new Cluster();
    const { metadata } = await cluster.create('a');
    const wrongUid = await cluster.call('DELETE', `${base}/a`, { preconditions: { uid: 'x' } });
    expect(wrongUid.body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(wrongUid.body.message).toContain(`the UID in the precondition (x) does not match the UID in record (${metadata.uid ?? ''}).`);
    expect((await cluster.call('DELETE', `${base}/a`, { preconditions: { resourceVersion: '1' } })).status).toBe(409);
    expect((await cluster.call('DELETE', `${base}/a`, { preconditions: { uid: metadata.uid } })).status).toBe(200);
  });

  test('waits for finalizers: the object gets a deletion time and a new generation, once', async () => {
    const cluster = new Cluster();
    await cluster.create('a', {}, { finalizers: ['x.dev/y'] });
    const { body } = await cluster.call('DELETE', `${base}/a`);
    expect(body).toMatchObject({
      kind: 'Widget',
      metadata: { deletionTimestamp: '2026-01-05T08:00:00Z', deletionGracePeriodSeconds: 0, generation: 2, finalizers: ['x.dev/y'] },
    });
    await cluster.clock.advance(5000);
    expect((await cluster.call('DELETE', `${base}/a`)).body).toEqual(body);
  });

  test('ends when the last finalizer goes', async () => {
    const cluster = new Cluster();
    await cluster.create('a', {}, { finalizers: ['x.dev/y', 'x.dev/z'] });
    await cluster.call('DELETE', `${base}/a`);
    await cluster.call('PATCH', `${base}/a`, { metadata: { finalizers: ['x.dev/z'] } });
    expect(cluster.kubernetes.count('Widget')).toBe(1);
    expect((await cluster.call('PATCH', `${base}/a`, { metadata: { finalizers: null } })).status).toBe(200);
    expect(cluster.kubernetes.count('Widget')).toBe(0);
  });

  test('lets no new finalizer in', async () => {
    const cluster = new Cluster();
    await cluster.create('a', {}, { finalizers: ['x.dev/y'] });
    await cluster.call('DELETE', `${base}/a`);
    const { body } = await cluster.call('PATCH', `${base}/a`, { metadata: { finalizers: ['x.dev/y', 'x.dev/new'] } });
    expect(body.message).toContain(
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.dev/new"}',
    );
  });

  test('of a collection takes what is selected', async () => {
    const cluster = new Cluster();
    await cluster.create('a', {}, { labels: { x: '1' } });
    await cluster.create('b', {}, { labels: { x: '2' } });
    expect((await cluster.call('DELETE', `${base}?labelSelector=x%3D1`)).body).toMatchObject({
      kind: 'WidgetList',
      items: [{ metadata: { name: 'a' } }],
    });
    expect(cluster.kubernetes.list('Widget').map((one) => one.metadata.name)).toEqual(['b']);
  });

  test('with dryRun=All leaves the object', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    await cluster.call('DELETE', `${base}/a?dryRun=All`);
    expect(cluster.kubernetes.count('Widget')).toBe(1);
  });
});

describe('garbage collection', () => {
  async function family(child: object = {}): Promise<Cluster> {
    const cluster = new Cluster();
    const owner = await cluster.create('owner');
    const ownerReferences = [{ apiVersion: 'example.dev/v1', kind: 'Widget', name: 'owner', uid: owner.metadata.uid, ...child }];
    await cluster.create('child', {}, { ownerReferences });
    await cluster.clock.advance(1000);
    expect(cluster.kubernetes.count('Widget')).toBe(2);
    return cluster;
  }

  test('in the background takes dependents a little after their owner', async () => {
    const cluster = await family();
    await cluster.call('DELETE', `${base}/owner`, { propagationPolicy: 'Background' });
    expect(cluster.kubernetes.get(refTo('owner'))).toBeUndefined();
    expect(cluster.kubernetes.get(refTo('child'))).toBeDefined();
    await cluster.clock.advance(1000);
    expect(cluster.kubernetes.get(refTo('child'))).toBeUndefined();
  });

  test('in the foreground holds the owner until blocking dependents are gone', async () => {
    const cluster = await family({ blockOwnerDeletion: true });
    await cluster.call('PATCH', `${base}/child`, { metadata: { finalizers: ['x.dev/y'] } });
    await cluster.call('DELETE', `${base}/owner`, { propagationPolicy: 'Foreground' });
    await cluster.clock.advance(1000);
    expect(cluster.kubernetes.get(refTo('owner'))?.metadata.finalizers).toEqual(['foregroundDeletion']);
    expect(cluster.kubernetes.get(refTo('child'))?.metadata.deletionTimestamp).toBeDefined();
    await cluster.call('PATCH', `${base}/child`, { metadata: { finalizers: null } });
    await cluster.clock.advance(1000);
    expect(cluster.kubernetes.count('Widget')).toBe(0);
  });

  test('with the policy Orphan leaves dependents without an owner', async () => {
    const cluster = await family();
    await cluster.call('DELETE', `${base}/owner`, { propagationPolicy: 'Orphan' });
    await cluster.clock.advance(1000);
    expect(cluster.kubernetes.get(refTo('owner'))).toBeUndefined();
    expect(cluster.kubernetes.get(refTo('child'))?.metadata).not.toHaveProperty('ownerReferences');
  });

  test('takes an object whose owner never was', async () => {
    const cluster = new Cluster();
    await cluster.create('child', {}, { ownerReferences: [{ apiVersion: 'example.dev/v1', kind: 'Widget', name: 'x', uid: 'u' }] });
    await cluster.clock.advance(1000);
    expect(cluster.kubernetes.count('Widget')).toBe(0);
  });
});

describe('a namespace that is deleted', () => {
  test('is Terminating, takes nothing in, is emptied, and goes when finalizers let it', async () => {
    const cluster = new Cluster({ namespaces: ['team'] });
    const path = '/apis/example.dev/v1/namespaces/team/widgets';
    await cluster.call('POST', path, widget('free'));
    await cluster.call('POST', path, widget('held', {}, { finalizers: ['x.dev/y'] }));
    expect((await cluster.call('DELETE', '/api/v1/namespaces/team')).body).toMatchObject({ status: { phase: 'Terminating' } });

    const refused = await cluster.call('POST', path, widget('late'));
    expect(refused.body).toMatchObject({ code: 403, reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } });

    await cluster.clock.advance(1000);
    expect(cluster.kubernetes.list('Widget', { namespace: 'team' }).map((one) => one.metadata.name)).toEqual(['held']);
    await cluster.call('PATCH', `${path}/held`, { metadata: { finalizers: null } });
    await cluster.clock.advance(1000);
    expect((await cluster.call('GET', '/api/v1/namespaces/team')).status).toBe(404);
  });
});
