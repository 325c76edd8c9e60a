import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { load } from 'js-yaml';
import { declaredProgram, generateDocs } from '../../scripts/generate-docs.ts';
import { clientVerbs } from '../../src/cli/client/verbs.ts';
import { annotations } from '../../src/api/kinds.ts';
import { compileMappings } from '../../src/core/mapping/compile.ts';
import { provisioningObjectSummary } from '../../src/telemetry/provisioning-log.ts';
import type { ProvisioningEvent } from '../../src/ports/provisioning-log.ts';
import { crds } from '../support/crds.ts';
import { toolPaths } from '../cluster/support/tools.ts';

const root = new URL('../../', import.meta.url).pathname;
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
].sort();

/** Commands of the blocks of a page, a line each, continued lines joined. */
function commandsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/```(?:sh|console)\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) =>
        line
          .trim()
          .replace(/^\$ /, '')
          .replace(/\s+#.*$/, ''),
      ),
  );
}

const commands = pages.flatMap((page) => commandsOf(page).map((command) => ({ page, command })));

describe('commands of kubectl tenantsync', () => {
  const known = new Map(declaredProgram().commands.map((command) => [command.name(), command] as const));
  // Those that stand in a sentence as well, as long as they are more than a name.
  const inSentences = pages.flatMap((page) =>
    [...textOf(page).matchAll(/`kubectl tenantsync ([^`]+)`/g)].map(([, command = '']) => ({
      page,
      command: `kubectl tenantsync ${command}`,
    })),
  );
  const all = [...commands, ...inSentences].flatMap(({ page, command }) => {
    const [, rest] = /^kubectl tenantsync (.*)$/.exec(command) ?? [];
    return rest === undefined ? [] : [{ page, words: rest.replace(/ [>|].*$/, '').split(/\s+/) }];
  });

  test('are many', () => {
    expect(all.length).toBeGreaterThan(30);
  });

  test('are verbs that there are, with flags that they have', () => {
    const wrong = all.filter(({ words: [verb = '', ...words] }) => {
      const command = known.get(verb);
      if (!command) return !['version', 'VERB', '<verb>'].includes(verb);
      const flags = words.filter((word) => word.startsWith('-')).map((word) => word.split('=')[0]);
      return flags.some((flag) => !command.options.some(({ short, long }) => short === flag || long === flag));
    });
    expect(wrong).toEqual([]);
  });

  test('take as many arguments as they are given', () => {
    const wrong = all.filter(({ words: [verb = '', ...words] }) => {
      const command = known.get(verb);
      if (!command || words.length === 0) return false;
      const given: string[] = [];
      for (let index = 0; index < words.length; index += 1) {
        const word = words[index] ?? '';
        const option = command.options.find(({ short, long }) => short === word || long === word);
        if (option) index += option.required ? 1 : 0;
        else given.push(word);
      }
      const required = command.registeredArguments.filter((argument) => argument.required).length;
      const most = command.registeredArguments.some((argument) => argument.variadic) ? Infinity : command.registeredArguments.length;
      return given.length < required || given.length > most;
    });
    expect(wrong).toEqual([]);
  });
});

test('the help of the command names every verb', () => {
  const help = execFileSync(process.execPath, [join(root, 'src/main.ts'), 'help'], { encoding: 'utf8' });
  expect(clientVerbs.filter((verb) => !new RegExp(`^  (?:\\w+, )*${verb}\\b`, 'm').test(help))).toEqual([]);
});

test('the annotations that the pages write are ours', () => {
  const named = pages.flatMap((page) => [...textOf(page).matchAll(/(tenantsync\.dev\/[a-z-]+)=/g)].map(([, name = '']) => name));
  expect(named.length).toBeGreaterThan(10);
  const ours: readonly string[] = [...Object.values(annotations), 'tenantsync.dev/configuration', 'tenantsync.dev/tenant-pair'];
  expect([...new Set(named)].filter((name) => !ours.includes(name))).toEqual([]);
});

/** A node of a schema: of a CRD, or of the values of the chart. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** Whether a path such as `status.users.inScope` leads to a field; what stands behind a free form is not known. */
function leads(schema: Schema | undefined, [first, ...rest]: readonly string[]): boolean {
  if (schema === undefined) return false;
  if (first === undefined) return true;
  if (schema.items) return leads(schema.items, [first, ...rest]);
  const next = schema.properties?.[first];
  if (next) return leads(next, rest);
  if (typeof schema.additionalProperties === 'object') return leads(schema.additionalProperties, rest);
  return (
    schema.properties === undefined && (schema.additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true)
  );
}

describe('fields of our kinds', () => {
  const kinds = (
    crds() as {
      spec: { names: { shortNames: string[]; singular: string; plural: string }; versions: { schema: { openAPIV3Schema: Schema } }[] };
    }[]
  ).map(({ spec: { names, versions } }) => ({
    names: [...names.shortNames, names.singular, names.plural],
    schema: versions[0]?.schema.openAPIV3Schema,
  }));

  test('that commands ask for are there', () => {
    const asked = commands.flatMap(({ page, command }) => {
      const kind = kinds.find(({ names }) => names.some((name) => new RegExp(`\\s${name}(?=[\\s/])`).test(command)));
      return [...command.matchAll(/\{\.([\w.]+)\}/g)].flatMap(([, path = '']) => (kind ? [{ page, kind, path }] : []));
    });
    expect(asked.length).toBeGreaterThan(15);
    expect(asked.filter(({ kind, path }) => !leads(kind.schema, path.split('.'))).map(({ page, path }) => `${page}: ${path}`)).toEqual([]);
  });

  test('of a status that sentences name are there', () => {
    const named = pages.flatMap((page) =>
      [...textOf(page).matchAll(/`(status\.\w+(?:\.\w+)*)`/g)].map(([, path = '']) => ({ page, path })),
    );
    expect(named.length).toBeGreaterThan(60);
    const wrong = named.filter(({ path }) => !kinds.some(({ schema }) => leads(schema, path.split('.'))));
    expect(wrong.map(({ page, path }) => `${page}: ${path}`)).toEqual([]);
  });
});

test('the values of the chart that commands and sentences set are there', () => {
  const schema = JSON.parse(textOf('charts/tenantsync/values.schema.json')) as Schema;
  const set = commands.flatMap(({ page, command }) =>
    [...command.matchAll(/--set '?([^\s']+)/g)].flatMap(([, text = '']) =>
      [...text.replaceAll(/\{[^}]*\}/g, '').matchAll(/(?:^|,)([\w.]+)=/g)].map(([, path = '']) => ({ page, path })),
    ),
  );
  expect(set.length).toBeGreaterThan(8);
  expect(set.filter(({ path }) => !leads(schema, path.split('.'))).map(({ page, path }) => `${page}: ${path}`)).toEqual([]);
});

test('the files that commands and sentences name are there', () => {
  const named = pages.flatMap((page) =>
    [...textOf(page).matchAll(/(?<![\w/.-])((?:manifests|charts|scripts|crds|\.github)\/[\w./-]*\w)(?!\\)/g)].map(
      ([, path = '']) => `${page}: ${path}`,
    ),
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((found) => !existsSync(join(root, found.split(': ')[1] ?? '')))).toEqual([]);
});

test('the mappings that the pages show can be used', () => {
  const shown = pages.flatMap((page) =>
    [...textOf(page).matchAll(/```yaml\n(attributeMappings:\n[\s\S]*?)```/g)].map(([, block = '']) => ({ page, block })),
  );
  expect(shown.length).toBeGreaterThan(2);
  const problems = shown.flatMap(({ page, block }) => {
    const { attributeMappings } = load(block) as {
      readonly attributeMappings: NonNullable<Parameters<typeof compileMappings>[0]['attributeMappings']>;
    };
    const compiled = compileMappings({ defaultAttributeMappings: true, attributeMappings, invitation: { address: 'UserPrincipalName' } });
    return 'reason' in compiled ? [{ page, compiled }] : [];
  });
  expect(problems).toEqual([]);
});

test('what is generated in the pages is up to date', async () => {
  for (const { path, current, text } of await generateDocs()) expect({ path, current }).toEqual({ path, current: text });
});

/** Pages that links lead to from the README, over others. */
function reachable(): ReadonlySet<string> {
  const seen = new Set(['README.md']);
  for (const page of seen) {
    for (const [, target = ''] of textOf(page).matchAll(/\]\((?!https?:)([^)#]+\.md)/g)) {
      const path = normalize(join(dirname(page), target));
      if (existsSync(join(root, path))) seen.add(path);
    }
  }
  return seen;
}

test('every page is found from the README', () => {
  const found = reachable();
  expect(pages.filter((page) => !found.has(page))).toEqual([]);
});

describe('F7 the pages for identity administrators have a place for each subject:', () => {
  test.each([
    ['intended use', 'what-this-is-not.md', 'Not for other organisations'],
    ['no migration', 'what-this-is-not.md', 'No migration'],
    ['what is not synchronized', 'what-this-is-not.md', 'No groups, devices, rooms, photos'],
    ['licences in the source', 'licences.md', 'In the source'],
    ['licences in the target', 'licences.md', 'In the target'],
    ['licences in applications', 'licences.md', 'In the applications'],
    ['controls of Conditional Access', 'conditional-access.md', 'What each control asks of a person from outside'],
    ['trust', 'conditional-access.md', 'Trust'],
    ['locations', 'conditional-access.md', 'Locations'],
    ['MAM', 'conditional-access.md', 'MAM'],
    ['risk', 'conditional-access.md', 'Risk'],
    ['user assignment', 'conditional-access.md', 'Assignment to applications'],
    ['terms of use', 'conditional-access.md', 'Terms of use'],
    ['Teams', 'microsoft-365.md', 'Teams'],
    ['the people picker', 'microsoft-365.md', 'SharePoint and OneDrive'],
    ['people search', 'microsoft-365.md', 'People search'],
    ['Power BI', 'microsoft-365.md', 'Power BI'],
    ['Virtual Desktop', 'microsoft-365.md', 'Azure Virtual Desktop'],
    ['rooms and one domain', 'microsoft-365.md', 'Rooms and one domain for all'],
    ['attributes of Exchange', 'exchange.md', 'Attributes that Exchange alone can write'],
    ['the address list', 'exchange.md', 'Address list'],
    ['mail-enabled members', 'exchange.md', 'Members, guests and mail'],
    ['mailboxes', 'exchange.md', 'Mailboxes'],
    ['contacts', 'exchange.md', 'Mail contacts'],
    ['B2B direct connect', 'b2b-direct-connect.md', 'B2B direct connect beside it'],
    ['the consent prompt', 'my-account.md', 'At first: nothing'],
    ['My Account', 'my-account.md', 'Which tenants am I in?'],
    ['leaving by oneself', 'my-account.md', 'Somebody leaves by themselves'],
    ['write-back', 'write-back.md', 'On-premises Active Directory'],
    ['topologies', 'topologies.md', 'Topologies'],
    ['loops', 'topologies.md', 'No circles'],
    ['multitenant organizations', 'topologies.md', 'Multitenant organizations'],
    ['the portal', 'coming-from-entra.md', 'Where things are'],
  ])('%s', (_, page, heading) => {
    expect(textOf(join('docs', page)).match(/^#+ .+$/gm)).toContainEqual(
      expect.stringMatching(new RegExp(`^#+ ${heading.replace('?', '\\?')}$`)),
    );
  });
});

describe('docs/provisioning-log.md', () => {
  const page = textOf('docs/provisioning-log.md');
  const event: ProvisioningEvent = {
    at: Date.parse('2026-01-05T08:40:01Z'),
    namespace: 'identity',
    configuration: 'contoso-staff',
    cycleId: '5c0f6c1e-0000-4000-8000-000000000001',
    changeId: 'r7',
    action: 'update',
    status: 'success',
    durationMs: 412,
    source: { tenantId: '8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11', objectId: '5b1f0000-0000-0000-0000-00000000000a' },
    target: { tenantId: '1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22', objectId: '9c2e0000-0000-0000-0000-00000000000b' },
    modifiedAttributes: ['jobTitle'],
    reason: 'UserUpdated',
    errorCode: undefined,
    recommendedAction: undefined,
    steps: [{ name: 'EntryExportUpdate', status: 'success' }],
    approvedBy: undefined,
  };
  const summary = (change: Partial<ProvisioningEvent> = {}): object =>
    provisioningObjectSummary({ ...event, ...change }, '7d1f0c52-6a53-4b1e-9a53-6b3f0f4f9f10');

  test('F2 shows a line as the operator writes it', () => {
    const [, example = ''] = /```json\n(.*)\n```/.exec(page) ?? [];
    expect(JSON.parse(example)).toEqual(summary());
  });

  test('F2 names every field that a line has', () => {
    expect(
      Object.keys(summary()).filter(
        (field) => !['@odata.type', 'id', 'durationInMilliseconds'].includes(field) && !page.includes(`\`${field}`),
      ),
    ).toEqual([]);
  });

  const withJq = spawnSync('jq', ['--version']).status === 0 ? describe : describe.skip;
  withJq('F2 has queries', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tenantsync-log-'));
    const failure = { status: 'failure', reason: 'AddressConflict', errorCode: 'Request_BadRequest' } as const;
    const lines = [
      summary(),
      summary({ action: 'delete', approvedBy: 'dana' }),
      ...[1, 2].map(() => summary({ ...failure, cycleId: undefined, source: { ...event.source, objectId: 'b' } })),
    ];
    beforeAll(() => {
      writeFileSync(join(folder, 'log.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });
    const queries = commandsOf('docs/provisioning-log.md').filter((command) => command.startsWith('jq '));
    const answers = [
      ['["2026-01-05T08:40:01.000Z","update","success"]', '["2026-01-05T08:40:01.000Z","delete","success"]'],
      ['2026-01-05T08:40:01.000Z\tidentity/contoso-staff\t5b1f0000-0000-0000-0000-00000000000a\tdana'],
      [expect.stringMatching(/^\s*2 AddressConflict$/)],
      [expect.stringMatching(/^\s*1 delete$/), expect.stringMatching(/^\s*3 update$/)],
      [lines[0], lines[1]].map((line) => JSON.stringify(line)),
    ];

    test.each(answers.map((answer, index) => ({ query: queries[index] ?? '', answer })))('that answer: $query', ({ query, answer }) => {
      expect(execFileSync('sh', ['-c', query], { cwd: folder, encoding: 'utf8' }).trimEnd().split('\n')).toEqual(answer);
    });

    test('and none that is not tried', () => {
      expect(queries).toHaveLength(answers.length);
    });
  });
});

describe('docs/kind.md', () => {
  const five = commandsOf('docs/kind.md');
  const [, image = ''] = /^docker build --tag (\S+) \.$/.exec(five[0] ?? '') ?? [];
  const install = five.find((command) => command.startsWith('helm install')) ?? '';

  test('loads the image that it builds, into the cluster that it makes', () => {
    expect(image).toBe('localhost/tenantsync:dev');
    expect(five.slice(1, 3)).toEqual(['kind create cluster --name tenantsync', `kind load docker-image ${image} --name tenantsync`]);
    expect(five).toHaveLength(5);
  });

  const { helm } = toolPaths();
  const withHelm = existsSync(helm) ? describe : describe.skip;
  withHelm('with Helm', () => {
    test('installs the chart with that image', () => {
      const words = install
        .replace('helm install', 'template')
        .split(' ')
        .filter((word) => word !== '--wait');
      const rendered = execFileSync(helm, words, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
      expect([...rendered.matchAll(/^\s*image: "?([^"\n]+)/gm)].map(([, name]) => name)).toContain(image);
    });
  });
});
