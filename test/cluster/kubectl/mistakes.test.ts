import { Kubectl, type Said } from './support/kubectl.ts';

const namespace = 'mistakes';
const kubectl = new Kubectl();

beforeAll(() => kubectl.prepare(namespace));
afterAll(async () => {
  await kubectl.empty(namespace);
  kubectl.close();
});

const pair = (spec: string, name = 'contoso-to-fabrikam'): string => `
apiVersion: tenantsync.dev/v1alpha1
kind: TenantPair
metadata: {name: ${name}, namespace: ${namespace}}
spec:
${spec}`;
const source =
  '  source: {tenantId: 8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11, credentials: {workloadIdentity: {clientId: 3c9d4b0a-6f4e-4d61-8f0b-2f7f5c1d2e01}}}';
const target =
  '  target: {tenantId: 1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22, credentials: {workloadIdentity: {clientId: 7b1e2f93-0f0d-4b43-9e0e-5a3c8d9f4c02}}}';
const configuration = (spec: string): string => `
apiVersion: tenantsync.dev/v1alpha1
kind: SyncConfiguration
metadata: {name: staff, namespace: ${namespace}}
spec:
  tenantPairRef: {name: contoso-to-fabrikam}
  scope: {type: All}
${spec}`;

const mistakes: readonly (readonly [string, string])[] = [
  ['a tenant named by its domain', pair(`${source.replace('8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11', 'contoso.com')}\n${target}`)],
  [
    'the same tenant on both sides',
    pair(`${source}\n${target.replace('1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22', '8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11')}`),
  ],
  ['no target', pair(source)],
  ['no spec', pair('')],
  [
    'credentials twice',
    pair(`${source.replace('}}}', '}, managedIdentity: {clientId: 3c9d4b0a-6f4e-4d61-8f0b-2f7f5c1d2e01}}}')}\n${target}`),
  ],
  ['a secret in the manifest', pair(`${source.replace('workloadIdentity: {', 'clientSecret: {secret: hunter2, ')}\n${target}`)],
  ['a misspelt field', configuration('  mode: Plan\n  intervall: 10m')],
  ['a field in the wrong place', configuration('  mode: Plan\n  guard: {threshold: 10}')],
  ['no mode', configuration('')],
  ['a mode in small letters', configuration('  mode: plan')],
  ['an interval without a unit', configuration('  mode: Plan\n  interval: 40')],
  ['an interval in words', configuration('  mode: Plan\n  interval: 40 minutes')],
  ['an interval that is too short', configuration('  mode: Plan\n  interval: 30s')],
  ['yes for true', configuration('  mode: Plan\n  suspend: "yes"')],
  [
    'an operator in the words of Entra',
    configuration('  mode: Plan').replace(
      '{type: All}',
      '{type: All, filters: [{name: f, clauses: [{attribute: department, operator: EQUALS, value: Sales}]}]}',
    ),
  ],
  ['two origins of one value', configuration('  mode: Plan\n  attributeMappings: [{target: jobTitle, source: jobTitle, constant: Staff}]')],
  ['two mappings to one attribute', configuration('  mode: Plan\n  attributeMappings: [{target: jobTitle}, {target: jobTitle}]')],
  ['another version', configuration('  mode: Plan').replace('v1alpha1', 'v1')],
  ['an unknown kind', configuration('  mode: Plan').replace('SyncConfiguration', 'SyncConfig')],
  ['a name with capitals', configuration('  mode: Plan').replace('name: staff,', 'name: Staff,')],
];

/** What somebody reads who has applied it. */
function read({ code, out, err }: Said): string {
  return `${out}${err}(exit ${code})`;
}

describe('G8 who applies a manifest with', () => {
  test.each(mistakes)('%s reads what is wrong', async (_, manifest) => {
    const said = await kubectl.run(['apply', '-f', '-'], manifest);
    expect(said.code).not.toBe(0);
    expect(read(said)).toMatchSnapshot();
    expect(await kubectl.ok('get', 'tenantsync', '-n', namespace, '-o', 'name')).toBe('');
  });
});

describe('G8 an unknown field', () => {
  const manifest = configuration('  mode: Plan\n  intervall: 10m');

  test('is a warning with --validate=warn, and dropped', async () => {
    expect(read(await kubectl.run(['apply', '--validate=warn', '-f', '-'], manifest))).toMatchSnapshot();
    expect(await kubectl.ok('get', 'synccfg', 'staff', '-n', namespace, '-o', 'jsonpath={.spec}')).not.toContain('intervall');
    await kubectl.ok('delete', 'synccfg', 'staff', '-n', namespace);
  });

  test('is an error of the server as well', async () => {
    expect(read(await kubectl.run(['apply', '--server-side', '-f', '-'], manifest))).toMatchSnapshot();
  });
});

describe('G8 a change of what is immutable', () => {
  test('is refused with a message that says what to do instead', async () => {
    await kubectl.run(['apply', '-f', '-'], pair(`${source}\n${target}`));
    const moved = pair(`${source}\n${target.replace('1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22', '5e6f7a8b-3c2d-4e1f-9a0b-7c8d9e0f3c33')}`);
    expect(read(await kubectl.run(['apply', '-f', '-'], moved))).toMatchSnapshot();
    await kubectl.run(['apply', '-f', '-'], configuration('  mode: Plan'));
    const other = configuration('  mode: Plan').replace('{name: contoso-to-fabrikam}', '{name: other}');
    expect(read(await kubectl.run(['apply', '-f', '-'], other))).toMatchSnapshot();
  });
});
