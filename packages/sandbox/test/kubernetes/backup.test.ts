import { base, Cluster, widget } from './cluster.ts';

test('a backup that is put back is all there is, and watches begin anew', async () => {
  const cluster = new Cluster();
  const { kubernetes } = cluster;
  kubernetes.apply(widget('stays', { colour: 'red' }));
  const deleted = kubernetes.apply(widget('deleted', { colour: 'red' }));
  const backup = kubernetes.backup();
  const version = kubernetes.resourceVersion;
  kubernetes.apply(widget('stays', { colour: 'blue' }));
  kubernetes.apply(widget('new', { colour: 'blue' }));
  kubernetes.delete({ kind: 'Widget', namespace: 'default', name: 'deleted' });
  const latest = Number(kubernetes.resourceVersion);
  kubernetes.restore(backup);
  const found = kubernetes.list('Widget');
  expect(found.map(({ metadata, spec }) => [metadata.name, (spec as { colour: string }).colour])).toEqual([
    ['deleted', 'red'],
    ['stays', 'red'],
  ]);
  expect(found[0]?.metadata.uid).toBe(deleted.metadata.uid);
  expect(found.every(({ metadata }) => Number(metadata.resourceVersion) > latest)).toBe(true);
  expect((await cluster.call('GET', `${base}?resourceVersion=${version}&resourceVersionMatch=Exact`)).status).toBe(410);
  kubernetes.close();
});
