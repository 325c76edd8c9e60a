import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { loadAll } from 'js-yaml';
import { createKubernetes } from '@tenantsync/sandbox/kubernetes';
import { crds, namespace } from '../support/world.ts';
import { seededRandom, VirtualClock } from '../support/virtual-clock.ts';

const root = new URL('../../', import.meta.url).pathname;
const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
].sort();
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Anchors of the headings of a page, as they are on the web. */
function anchorsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

/** Links of a page that lead nowhere. */
function brokenLinks(page: string): readonly string[] {
  return [...textOf(page).matchAll(/\]\((?!https?:)([^)]*)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsOf(file).includes(anchor);
    });
}

test('there are pages', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/architecture.md', 'docs/runbooks/README.md']));
});

test('every link between the pages leads somewhere', () => {
  expect(pages.flatMap((page) => brokenLinks(page).map((target) => `${page}: ${target}`))).toEqual([]);
});

test('every file and folder that the architecture names is there', () => {
  const text = textOf('docs/architecture.md');
  const named = [...text.matchAll(/`((?:src|test|docs|crds|controllers|core|graph|shared)\/[\w./-]*)`/g)].map(([, path = '']) => path);
  const found = (path: string): boolean =>
    [root, join(root, 'src'), join(root, 'src/controllers')].some((base) => existsSync(join(base, path)));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !found(path))).toEqual([]);
});

test('every file that the glossary and the threat model name is there', () => {
  const named = ['docs/glossary.md', 'docs/threat-model.md'].flatMap((page) =>
    [...textOf(page).matchAll(/`((?:src|test|crds|charts)\/[\w./-]+)`/g)].map(([, path = '']) => path),
  );
  expect(named.length).toBeGreaterThan(80);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

/** Tests that the threat model names, by file. */
function namedTests(): readonly { readonly file: string; readonly name: string }[] {
  const cells = textOf('docs/threat-model.md')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').at(-2) ?? '');
  return cells.flatMap((cell) => {
    let file = '';
    return [...cell.matchAll(/`(test\/[\w./-]+)`|"([^"]+)"/g)].flatMap(([, path, name = '']) => {
      file = path ?? file;
      return path === undefined ? [{ file, name }] : [];
    });
  });
}

test('every test that the threat model names is there', () => {
  expect(namedTests().length).toBeGreaterThan(50);
  expect(namedTests().filter(({ file, name }) => !textOf(file).includes(name))).toEqual([]);
});

test('the scripts that the pages name are there', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
  const named = pages.flatMap((page) => [...textOf(page).matchAll(/npm (?:run (?:-s )?)([\w:]+)/g)].map(([, name = '']) => name));
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
});

describe('examples of resources', () => {
  const examples = ['docs/tenantpair.md', 'docs/syncconfiguration.md'].flatMap((page) =>
    [...textOf(page).matchAll(/```yaml\n(apiVersion: [\s\S]*?)```/g)].map(([, text = '']) => ({ page, text })),
  );

  test.each(examples)('in $page are accepted by the API server', ({ text }) => {
    const kubernetes = createKubernetes({ clock: new VirtualClock(), random: seededRandom(1), crds: crds(), namespaces: [namespace] });
    for (const object of loadAll(text) as object[]) expect(kubernetes.create(object).metadata.name).toBeDefined();
  });

  test('are there for both kinds that people write', () => {
    expect(new Set(examples.map(({ page }) => page)).size).toBe(2);
  });
});

test('the pages on the kinds name every field of their specs', () => {
  const schema = (kind: string): Readonly<Record<string, object>> => {
    const crd = (
      crds() as {
        spec: {
          names: { kind: string };
          versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, object> } } } } }[];
        };
      }[]
    ).find(({ spec }) => spec.names.kind === kind);
    return crd?.spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {};
  };
  const lacking = [
    ['TenantPair', 'docs/tenantpair.md'],
    ['SyncConfiguration', 'docs/syncconfiguration.md'],
    ['UserProjection', 'docs/userprojection.md'],
  ].flatMap(([kind = '', page = '']) =>
    Object.keys(schema(kind))
      .filter((field) => !textOf(page).includes(field))
      .map((field) => `${page}: ${field}`),
  );
  expect(lacking).toEqual([]);
});
