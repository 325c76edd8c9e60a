import { Cluster, base, widget } from './cluster.ts';

const many = 10_000;

function name(index: number): string {
  return `w-${String(index).padStart(5, '0')}`;
}

test('ten thousand objects are created, watched, patched and listed', async () => {
  const cluster = new Cluster({ historyLimit: 3 * many });
  const watch = await cluster.watch('');
  const extra = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`attribute${index}`, 'a value of the usual length for an attribute of a user']),
  );
  for (let index = 0; index < many; index += 1) {
    const { status } = await cluster.fetch('POST', base, widget(name(index), { extra }));
    if (status !== 201) throw new Error(`status ${status}`);
  }
  for (let index = 0; index < many; index += 1) {
    await cluster.fetch('PATCH', `${base}/${name(index)}/status`, {
      status: { state: 'Done', conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }
  const { body } = await cluster.call('GET', base);
  await cluster.clock.settle();
  expect((body.items as unknown[]).length).toBe(many);
  expect(watch.events.length).toBe(2 * many);
  expect(cluster.kubernetes.list('Widget', { fieldSelector: 'status.state=Done' }).length).toBe(many);
});
