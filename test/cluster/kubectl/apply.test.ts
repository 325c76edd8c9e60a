import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import { Kubectl, samples, samplesFolder } from './support/kubectl.ts';
import { normalised } from './support/normalise.ts';

const namespace = 'identity';
const kubectl = new Kubectl();
const fileOf = (sample: string): string => samplesFolder + sample;
const countOf = (sample: string): number => loadAll(readFileSync(fileOf(sample), 'utf8')).length;

beforeAll(() => kubectl.prepare(namespace));
afterEach(async () => {
  await kubectl.ok('delete', 'tpair,synccfg,serviceaccounts', '--all', '-n', namespace);
});
afterAll(async () => {
  await kubectl.empty(namespace);
  kubectl.close();
});

const verbs = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(1).join(' '));

/** The generations that there are among our objects. */
async function generations(): Promise<(number | undefined)[]> {
  const { items } = await kubectl.json<{ items: KubeObject[] }>('get', 'tpair,synccfg', '-n', namespace);
  return [...new Set(items.map(({ metadata }) => metadata.generation))];
}

describe.each(samples)('G8 %s', (sample) => {
  test('is applied by the client, and then there is nothing to change', async () => {
    const first = await kubectl.run(['apply', '-f', fileOf(sample)]);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(verbs(first.out)).toEqual(Array.from({ length: countOf(sample) }, () => 'created'));
    expect(await kubectl.run(['diff', '-f', fileOf(sample)])).toEqual({ code: 0, out: '', err: '' });
    // It says `configured` where items of a list have got defaults, and yet nothing changes.
    await kubectl.ok('apply', '-f', fileOf(sample));
    expect(await generations()).toEqual([1]);
  });

  test('is applied by the server, and then there is nothing to change', async () => {
    const first = await kubectl.run(['apply', '--server-side', '-f', fileOf(sample)]);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(await kubectl.run(['diff', '--server-side', '-f', fileOf(sample)])).toEqual({ code: 0, out: '', err: '' });
    expect(new Set(verbs(await kubectl.ok('apply', '--server-side', '-f', fileOf(sample))))).toEqual(new Set(['serverside-applied']));
    expect(await generations()).toEqual([1]);
  });

  test('passes a dry run of the server, which stores nothing', async () => {
    const dry = await kubectl.run(['apply', '--dry-run=server', '-f', fileOf(sample)]);
    expect(dry).toMatchObject({ code: 0, err: '' });
    expect(new Set(verbs(dry.out))).toEqual(new Set(['created (server dry run)']));
    expect(await kubectl.ok('get', 'tenantsync', '-n', namespace, '-o', 'name')).toBe('');
  });
});

test('G8 all samples together are applied from their folder', async () => {
  const said = await kubectl.run(['apply', '-f', samplesFolder]);
  expect(said).toMatchObject({ code: 0, err: '' });
  expect(new Set(verbs(said.out))).toEqual(new Set(['created']));
});

test('G8 the way from the client’s to the server’s apply is open', async () => {
  const file = fileOf('syncconfiguration-apply.yaml');
  await kubectl.ok('apply', '-f', file);
  expect(await kubectl.run(['apply', '--server-side', '-f', file])).toMatchObject({ code: 0, err: '' });
});

test('G8 kubectl diff shows what an edit would change, and nothing else', async () => {
  await kubectl.ok('apply', '-f', fileOf('syncconfiguration-plan.yaml'));
  const edited = readFileSync(fileOf('syncconfiguration-plan.yaml'), 'utf8').replace('mode: Plan', 'mode: Apply\n  interval: 10m');
  const said = await kubectl.run(['diff', '-f', '-'], edited);
  expect(said.code).toBe(1);
  const changes = said.out.split('\n').filter((line) => /^[-+] /.test(line));
  expect(normalised(changes.join('\n'))).toMatchSnapshot();
});
