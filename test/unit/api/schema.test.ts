import { readFileSync } from 'node:fs';
import { generateApiTypes } from '../../../scripts/generate-api-types.ts';
import { allNodes, versionOf } from './crd-schema.ts';

const root = new URL('../../../', import.meta.url);
const lacking = (fails: (node: (typeof allNodes)[number]['node']) => boolean): readonly string[] =>
  allNodes.filter(({ node }) => fails(node)).map(({ where }) => where);

test('the types of the API are those of the CRDs', () => {
  const generated = generateApiTypes(new URL('crds', root).pathname);
  expect(readFileSync(new URL('src/api/generated.ts', root), 'utf8')).toBe(generated);
});

test('every field has a description, so that kubectl explain answers', () => {
  expect(allNodes.length).toBeGreaterThan(300);
  expect(lacking((node) => (node.description ?? '').length < 3)).toEqual([]);
});

test('descriptions are sentences or terms that end with a full stop or name one thing', () => {
  expect(lacking((node) => /\s$|^\s|TODO|\n/.test(node.description ?? ''))).toEqual([]);
});

test('every text has a bound on its length', () => {
  expect(lacking((node) => node.type === 'string' && node.enum === undefined && node.maxLength === undefined)).toEqual([]);
});

test('every list has a bound on its items', () => {
  expect(lacking((node) => node.type === 'array' && node.maxItems === undefined)).toEqual([]);
});

test('every map has a bound on its entries', () => {
  expect(lacking((node) => node.additionalProperties !== undefined && node.maxProperties === undefined)).toEqual([]);
});

test('every number has a lowest and a highest value', () => {
  expect(lacking((node) => node.type === 'integer' && (node.minimum === undefined || node.maximum === undefined))).toEqual([]);
});

test('unknown fields are pruned everywhere but inside attribute values', () => {
  expect(lacking((node) => node['x-kubernetes-preserve-unknown-fields'] === true)).toEqual([
    'UserProjection spec.attributes.*',
    'UserProjection spec.onCreate.*',
  ]);
});

test('every rule says in words what to write', () => {
  const rules = allNodes.flatMap(({ where, node }) => (node['x-kubernetes-validations'] ?? []).map((rule) => ({ where, rule })));
  expect(rules.length).toBeGreaterThan(20);
  expect(rules.filter(({ rule }) => (rule.message ?? '').length < 15)).toEqual([]);
});

test.each([
  ['TenantPair', { observedGeneration: -1 }],
  ['SyncConfiguration', { observedGeneration: -1 }],
  ['UserProjection', { observedGeneration: -1, state: 'Pending' }],
])('the status of a new %s does not look like that of a ready one', (kind, expected) => {
  expect(versionOf(kind).schema.openAPIV3Schema.properties?.status?.default).toEqual(expected);
});
