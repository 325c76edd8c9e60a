import type { JsonObject } from '../../kubernetes/types.ts';
import type { Answer } from './cluster.ts';
import { Cluster, base, crdWithSpec } from './cluster.ts';

const path = '/apis/example.dev/v1/namespaces/default/rules';
const text = { type: 'string' };
const integer = { type: 'integer' };

function rule(spec: JsonObject): object {
  return { apiVersion: 'example.dev/v1', kind: 'Rule', metadata: { name: 'r' }, spec };
}

/** Creates an object of a kind whose spec has these properties and rules. */
async function create(properties: object, rules: readonly object[], spec: JsonObject): Promise<Answer> {
  const cluster = new Cluster({ crds: [crdWithSpec({ type: 'object', properties, 'x-kubernetes-validations': rules })] });
  return cluster.call('POST', path, rule(spec));
}

describe('a rule', () => {
  test.each([
    ['has(self.a)', { a: 'x' }, {}],
    ['!has(self.a) || self.a.size() > 2', {}, { a: 'x' }],
    ['size(self.list) <= 2', { list: ['x'] }, { list: ['x', 'y', 'z'] }],
    ['self.a.matches("^x+$")', { a: 'xx' }, { a: 'xy' }],
    ['duration(self.a) >= duration("1m") && duration(self.a) <= duration("1h")', { a: '1.5m' }, { a: '59s' }],
    ['self.list.all(one, one.startsWith("x"))', { list: ['x1', 'x2'] }, { list: ['x1', 'y'] }],
    ['self.list.exists(one, one == "x")', { list: ['y', 'x'] }, { list: ['y'] }],
    ['self.list.exists_one(one, one == "x")', { list: ['y', 'x'] }, { list: ['x', 'x'] }],
    ['[has(self.a), has(self.b)].filter(x, x).size() == 1', { a: 'x' }, { a: 'x', b: 'y' }],
    ['self.n < self.m', { n: 1, m: 2 }, { n: 2, m: 2 }],
    ['self.n + 1 == self.m', { n: 1, m: 2 }, { n: 1, m: 3 }],
    ['self.map.all(key, self.map[key] > 0)', { map: { a: 1 } }, { map: { a: 1, b: 0 } }],
    ['"x" in self.list', { list: ['x'] }, { list: [] }],
    ['self.a in ["x", "y"] ? has(self.b) : !has(self.b)', { a: 'z' }, { a: 'x' }],
    ['self.__namespace__ == "n"', { namespace: 'n' }, { namespace: 'm' }],
    ['self.when < timestamp("2026-01-01T00:00:00Z")', { when: '2025-12-31T00:00:00Z' }, { when: '2026-01-02T00:00:00Z' }],
  ])('%s accepts %j and refuses %j', async (expression, good, bad) => {
    const properties = {
      a: text,
      b: text,
      namespace: text,
      n: integer,
      m: integer,
      when: { type: 'string', format: 'date-time' },
      list: { type: 'array', items: text },
      map: { type: 'object', additionalProperties: integer },
    };
    const rules = [{ rule: expression, message: 'no' }];
    expect((await create(properties, rules, good)).status).toBe(201);
    const refused = await create(properties, rules, bad);
    expect(refused.body).toMatchObject({ code: 422, message: 'Rule.example.dev "r" is invalid: spec: Invalid value: no' });
  });

  test('without a message is quoted', async () => {
    const { body } = await create({ a: text }, [{ rule: 'self.a == "x"' }], { a: 'y' });
    expect(body.message).toContain('spec: Invalid value: failed rule: self.a == "x"');
  });

  test('with a messageExpression computes its message', async () => {
    const { body } = await create({ n: integer }, [{ rule: 'self.n < 5', messageExpression: '"n is " + string(self.n)' }], { n: 9 });
    expect(body.message).toContain('spec: Invalid value: n is 9');
  });

  test('with a reason and a fieldPath names them', async () => {
    const rules = [{ rule: 'has(self.a)', message: 'a is needed', reason: 'FieldValueRequired', fieldPath: '.a' }];
    const { body } = await create({ a: text }, rules, {});
    expect(body.details).toMatchObject({
      causes: [{ reason: 'FieldValueRequired', field: 'spec.a', message: 'Required value: a is needed' }],
    });
  });

  test('on a scalar shows the value', async () => {
    const checked = { type: 'string', 'x-kubernetes-validations': [{ rule: 'self != "bad"', message: 'not that' }] };
    expect((await create({ a: checked }, [], { a: 'bad' })).body.message).toContain('spec.a: Invalid value: "bad": not that');
  });

  test('that cannot be evaluated refuses the object', async () => {
    const { status, body } = await create({ a: text }, [{ rule: 'self.a == "x"', message: 'm' }], {});
    expect(status).toBe(422);
    expect(body.message).toContain('evaluating rule: m');
  });

  test('is not evaluated beside errors of type, and that is said', async () => {
    const { body } = await create({ a: text, n: integer }, [{ rule: 'self.n > 5', message: 'm' }], { a: 1, n: 1 });
    expect(body.message).toContain('some validation rules were not checked because the object was invalid');
    expect(body.message).not.toContain('m]');
  });

  test('that does not parse is refused with its CustomResourceDefinition', async () => {
    const crd = crdWithSpec({ type: 'object', 'x-kubernetes-validations': [{ rule: 'self.(' }] });
    const { body } = await new Cluster().call('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
    expect(body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(body.message).toContain('openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule');
  });
});

describe('a transition rule', () => {
  test('makes a field immutable, once it is there', async () => {
    const cluster = new Cluster();
    await cluster.create('a');
    expect((await cluster.call('PATCH', `${base}/a`, { spec: { serial: 's1' } })).status).toBe(200);
    const { body } = await cluster.call('PATCH', `${base}/a`, { spec: { serial: 's2' } });
    expect(body).toMatchObject({
      code: 422,
      message: 'Widget.example.dev "a" is invalid: spec.serial: Invalid value: "s2": serial is immutable',
    });
  });

  test('compares items of a list of type map by their keys', async () => {
    const item = {
      type: 'object',
      required: ['name'],
      properties: { name: text, value: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'fixed' }] } },
    };
    const list = { type: 'array', items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };
    const cluster = new Cluster({ crds: [crdWithSpec({ type: 'object', properties: { list } })] });
    await cluster.call('POST', path, rule({ list: [{ name: 'a', value: '1' }] }));
    const reordered = {
      spec: {
        list: [
          { name: 'b', value: '2' },
          { name: 'a', value: '1' },
        ],
      },
    };
    expect((await cluster.call('PATCH', `${path}/r`, reordered)).status).toBe(200);
    const changed = {
      spec: {
        list: [
          { name: 'b', value: '2' },
          { name: 'a', value: '3' },
        ],
      },
    };
    expect((await cluster.call('PATCH', `${path}/r`, changed)).body.message).toContain('spec.list[1].value: Invalid value: "3": fixed');
  });

  test('with optionalOldSelf is evaluated on creation as well', async () => {
    const rules = [{ rule: 'oldSelf.hasValue() || self.a == "first"', message: 'begin with first', optionalOldSelf: true }];
    expect((await create({ a: text }, rules, { a: 'first' })).status).toBe(201);
    expect((await create({ a: text }, rules, { a: 'second' })).status).toBe(422);
  });

  test('of the root sees the name', async () => {
    const cluster = new Cluster();
    await expect(cluster.create('a'.repeat(21))).rejects.toThrow('the name is too long for a widget');
  });
});

test('a rule that an unchanged value breaks does not stand in the way of other changes', async () => {
  const property = (rules: object[]): object => ({ type: 'string', 'x-kubernetes-validations': rules });
  const cluster = new Cluster({ crds: [crdWithSpec({ type: 'object', properties: { a: property([]), b: text } })] });
  await cluster.call('POST', path, rule({ a: 'bad' }));
  cluster.kubernetes.apply(
    crdWithSpec({ type: 'object', properties: { a: property([{ rule: 'self != "bad"', message: 'm' }]), b: text } }),
  );
  expect((await cluster.call('PATCH', `${path}/r`, { spec: { b: 'x' } })).status).toBe(200);
});
