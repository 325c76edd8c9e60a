import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesInTests, Sources } from '../../support/spec-fields.ts';

const root = join(import.meta.dirname, '../../..');
const specs = ['TenantPairSpec', 'SyncConfigurationSpec', 'UserProjectionSpec'];

/** Fields of one shape are read as one: each side's credentials, and the further ones of the target. */
const read = (path: string): string =>
  path.replace(/^TenantPairSpec\.target\.(credentials|additionalCredentials)(?=\.)/, 'TenantPairSpec.source.credentials');

/** Read by a table of names, in this file. */
const byTable: Readonly<Record<string, string>> = {
  'TenantPairSpec.crossTenantAccess.inboundTrust.mfa': 'src/core/preflight/enforce.ts',
  'TenantPairSpec.crossTenantAccess.inboundTrust.compliantDevice': 'src/core/preflight/enforce.ts',
  'TenantPairSpec.crossTenantAccess.inboundTrust.hybridJoinedDevice': 'src/core/preflight/enforce.ts',
};

/** Written by the operator into its own records for people to read: who decided, and where. */
const forPeople = new Set(['UserProjectionSpec.creation.by', 'UserProjectionSpec.conversion.by', 'UserProjectionSpec.conversion.token']);

describe('fields of the CRDs', () => {
  const sources = new Sources();
  const fields = sources.fields(specs);
  const paths = fields.map(({ path }) => path);

  it('are found, nested ones and those of lists too', () => {
    expect(paths).toEqual(
      expect.arrayContaining(['TenantPairSpec.limits.maxUsers', 'SyncConfigurationSpec.scope.filters.clauses.operator', ...forPeople]),
    );
    expect(paths.length).toBeGreaterThan(120);
  });

  it('of each spec are all read by the product', () => {
    const readers = sources.readers();
    const files = new Map(fields.map(({ path, declaration }) => [path, readers.get(declaration)?.size ?? 0]));
    const isRead = (path: string): boolean => {
      const table = byTable[path];
      const name = path.slice(path.lastIndexOf('.') + 1);
      if (table !== undefined) return new RegExp(`^ +${name}: '`, 'm').test(readFileSync(join(root, table), 'utf8'));
      return (files.get(read(path)) ?? 0) > 0;
    };
    expect(paths.filter((path) => !forPeople.has(path) && !isRead(path))).toEqual([]);
  });

  it('of each spec that people write are all named by a test, with the field that they stand in where others have the name', () => {
    const names = namesInTests();
    const written = paths.filter((path) => !path.startsWith('UserProjectionSpec.')).map(read);
    const isUnique = (name: string): boolean => new Set(written.filter((path) => path.endsWith(`.${name}`))).size === 1;
    const isNamed = (path: string): boolean => {
      const [name = '', parent = ''] = path.split('.').toReversed();
      const alone = specs.includes(parent) || isUnique(name);
      return names.has(alone ? name : `${parent}.${name}`);
    };
    expect(written.filter((path) => !isNamed(path))).toEqual([]);
  });

  it('that nobody reads would be found', () => {
    const readers = sources.readers();
    const { declaration } = sources.fields(['UserProjectionSpec']).find(({ path }) => path === 'UserProjectionSpec.creation.by') ?? {};
    expect(declaration && readers.get(declaration)).toBeUndefined();
  });
});
