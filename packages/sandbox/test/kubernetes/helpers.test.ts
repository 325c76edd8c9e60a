import { ApiError } from '../../kubernetes/api-error.ts';
import { Cluster, widget } from './cluster.ts';

const ref = { kind: 'Widget', namespace: 'default', name: 'a' };

describe('what tests do to the cluster directly', () => {
  test('apply creates with status, then replaces the spec and keeps status, labels and finalizers', () => {
    const { kubernetes } = new Cluster();
    kubernetes.apply({ ...widget('a', { size: 3 }, { labels: { x: 'y' }, finalizers: ['x.dev/y'] }), status: { state: 'Done' } });
    expect(kubernetes.get(ref)).toMatchObject({ spec: { size: 3 }, status: { state: 'Done' } });
    const again = kubernetes.apply(widget('a', { colour: 'blue' }));
    expect(again).toMatchObject({
      metadata: { generation: 2, labels: { x: 'y' }, finalizers: ['x.dev/y'] },
      spec: { colour: 'blue', size: 7 },
      status: { state: 'Done' },
    });
  });

  test('create refuses what the API refuses', () => {
    const { kubernetes } = new Cluster();
    kubernetes.create(widget('a'));
    expect(() => kubernetes.create(widget('a'))).toThrow(ApiError);
    expect(() => kubernetes.create(widget('b', { wings: 2 }))).toThrow('unknown field "spec.wings"');
  });

  test('kinds go by kind, plural, singular, short name and plural.group', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    for (const kind of ['Widget', 'widgets', 'widget', 'wd', 'widgets.example.dev']) expect(cluster.kubernetes.count(kind)).toBe(1);
    expect(() => cluster.kubernetes.count('gadgets')).toThrow('the server could not find the requested resource');
  });

  test('patch changes the object, or its status', () => {
    const { kubernetes } = new Cluster();
    kubernetes.apply(widget('a'));
    expect(kubernetes.patch(ref, { status: { state: 'Done' } }, 'status')).toMatchObject({
      metadata: { generation: 1 },
      status: { state: 'Done' },
    });
    expect(kubernetes.patch(ref, { spec: { size: 2 } })).toMatchObject({ metadata: { generation: 2 }, spec: { size: 2 } });
  });

  test('objects that are handed out cannot be changed by accident', () => {
    const { kubernetes } = new Cluster();
    const object = kubernetes.apply(widget('a'));
    expect(() => void (object.metadata.labels = {})).toThrow(TypeError);
    expect(() => void ((object.spec as { size: number }).size = 1)).toThrow(TypeError);
  });

  test('delete says whether there was something', () => {
    const { kubernetes } = new Cluster();
    kubernetes.apply(widget('a'));
    expect([kubernetes.delete(ref), kubernetes.delete(ref)]).toEqual([true, false]);
  });

  test('close ends watches and leaves no timer', async () => {
    const cluster = new Cluster();
    const watch = await cluster.watch('allowWatchBookmarks=true');
    cluster.kubernetes.apply(widget('a', {}, { finalizers: ['x.dev/y'] }));
    cluster.kubernetes.delete(ref);
    cluster.kubernetes.close();
    await cluster.clock.settle();
    expect([watch.ended(), watch.error(), cluster.clock.nextTimerAt()]).toEqual([true, undefined, undefined]);
  });
});

test('the same seed gives the same cluster', async () => {
  const [one, other] = [new Cluster(), new Cluster()];
  expect(await one.create('a')).toEqual(await other.create('a'));
});
