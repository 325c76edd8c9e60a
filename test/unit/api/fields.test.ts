import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writtenFields } from '../../support/ignored-field.ts';
import { Sources, titlesIn } from '../../support/spec-fields.ts';

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

  it('and annotations that people write have each a test that fails when they are ignored (npm run fields)', () => {
    const table = JSON.parse(readFileSync(join(root, 'test/data/field-tests.json'), 'utf8')) as Readonly<Record<string, string>>;
    expect(Object.keys(table)).toEqual([...writtenFields().keys()]);
    const isThere = ([file = '', title = '']: readonly string[]): boolean => existsSync(join(root, file)) && titlesIn(file).has(title);
    expect(Object.values(table).filter((test) => !isThere(test.split(/ > (.*)/s)))).toEqual([]);
  });

  it('that nobody reads would be found', () => {
    const readers = sources.readers();
    const { declaration } = sources.fields(['UserProjectionSpec']).find(({ path }) => path === 'UserProjectionSpec.creation.by') ?? {};
    expect(declaration && readers.get(declaration)).toBeUndefined();
  });
});
