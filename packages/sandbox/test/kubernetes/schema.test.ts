import { Cluster, base, crdWithSpec, widget } from './cluster.ts';

async function refusal(spec: object, path = base): Promise<string> {
  const { status, body } = await new Cluster().call('POST', path, widget('a', spec));
  return `${status} ${String(body.message)}`;
}

describe('the schema of a custom resource', () => {
  test.each([
    [{ colour: undefined }, 'spec.colour: Required value'],
    [{ colour: 'pink' }, 'spec.colour: Unsupported value: "pink": supported values: "red", "green", "blue"'],
    [{ size: 'x' }, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
    [{ size: 0 }, 'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1'],
    [{ size: 101 }, 'spec.size: Invalid value: 101: spec.size in body should be less than or equal to 100'],
    [{ code: 'ABC' }, 'spec.code: Invalid value: "ABC": spec.code in body should match \'^[a-z]+$\''],
    [{ code: 'a' }, 'spec.code: Invalid value: "a": spec.code in body should be at least 2 chars long'],
    [{ code: 'abcde' }, 'spec.code: Too long: may not be more than 4 bytes'],
    [{ tags: [null] }, 'spec.tags[0]: Invalid value: "null": spec.tags[0] in body must be of type string: "null"'],
    [{ at: 'yesterday' }, 'spec.at: Invalid value: "yesterday": spec.at in body must be of type date-time: "yesterday"'],
    [{ port: 1.5 }, 'spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"'],
    [{ tags: ['a', 'b', 'c', 'd'] }, 'spec.tags: Too many: 4: must have at most 3 items'],
    [{ tags: ['a', 'a'] }, 'spec.tags[1]: Duplicate value: "a"'],
    [{ parts: [{ name: 'p' }, { name: 'p' }] }, 'spec.parts[1]: Duplicate value: {"name":"p"}'],
    [{ parts: [{ count: 2 }] }, 'spec.parts[0].name: Required value'],
    [{ limits: { a: 1, b: 2, c: 3 } }, 'spec.limits: Too many: 3: must have at most 2 items'],
  ])('refuses %j', async (spec, message) => {
    const answer = await refusal(spec);
    expect(answer).toMatch(/^422 Widget\.example\.dev "a" is invalid: /);
    expect(answer).toContain(message);
  });

  test('accepts null where it says nullable, numbers and texts where it says int-or-string', async () => {
    const cluster = new Cluster();
    expect((await cluster.create('a', { note: null, port: 80 })).spec).toMatchObject({ note: null, port: 80 });
    expect((await cluster.create('b', { port: 'http' })).spec).toMatchObject({ port: 'http' });
  });

  test('reports all errors at once, with a cause for each', async () => {
    const { body } = await new Cluster().call('POST', base, widget('a', { size: 0, code: 'A1' }));
    expect(body.message).toMatch(/^Widget\.example\.dev "a" is invalid: \[spec\.\w+: .*, spec\.\w+: .*\]$/);
    expect(body.details).toMatchObject({
      kind: 'Widget',
      causes: expect.arrayContaining([
        {
          reason: 'FieldValueInvalid',
          field: 'spec.size',
          message: 'Invalid value: 0: spec.size in body should be greater than or equal to 1',
        },
      ]) as unknown[],
    });
  });

  test('fills in defaults, in lists and objects that are there', async () => {
    const { spec } = await new Cluster().create('a', { options: {}, parts: [{ name: 'p' }] });
    expect(spec).toEqual({ colour: 'red', size: 7, options: { fast: false }, parts: [{ name: 'p', count: 1 }] });
  });

  test('lets a value stay that was stored before the schema forbade it', async () => {
    const cluster = new Cluster({ crds: [crdWithSpec({ type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } })] });
    const path = '/apis/example.dev/v1/namespaces/default/rules';
    await cluster.call('POST', path, { apiVersion: 'example.dev/v1', kind: 'Rule', metadata: { name: 'r' }, spec: { a: 'long' } });
    cluster.kubernetes.apply(crdWithSpec({ type: 'object', properties: { a: { type: 'string', maxLength: 2 }, b: { type: 'string' } } }));
    expect((await cluster.call('PATCH', `${path}/r`, { spec: { b: 'x' } })).status).toBe(200);
    expect((await cluster.call('PATCH', `${path}/r`, { spec: { a: 'longer' } })).status).toBe(422);
  });
});

describe('unknown fields', () => {
  test('are dropped, with a warning', async () => {
    const { status, body, headers } = await new Cluster().call(
      'POST',
      base,
      widget('a', { wings: 2, options: { slow: true }, extra: { any: 1 } }),
    );
    expect(status).toBe(201);
    expect(body.spec).toEqual({ colour: 'red', size: 7, options: { fast: false }, extra: { any: 1 } });
    expect(headers.get('warning')).toBe('299 - "unknown field \\"spec.options.slow\\"", 299 - "unknown field \\"spec.wings\\""');
  });

  test('are an error with fieldValidation=Strict', async () => {
    expect(await refusal({ wings: 2 }, `${base}?fieldValidation=Strict`)).toBe(
      '400 Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.wings"',
    );
  });

  test('are not mentioned with fieldValidation=Ignore', async () => {
    expect((await new Cluster().call('POST', `${base}?fieldValidation=Ignore`, widget('a', { wings: 2 }))).headers.has('warning')).toBe(
      false,
    );
  });
});

describe('objects from before a change of the schema', () => {
  test('show new defaults and lose fields that are gone', async () => {
    const spec = (properties: object): object => crdWithSpec({ type: 'object', properties });
    const cluster = new Cluster({ crds: [spec({ old: { type: 'string' } })] });
    const path = '/apis/example.dev/v1/namespaces/default/rules';
    await cluster.call('POST', path, { apiVersion: 'example.dev/v1', kind: 'Rule', metadata: { name: 'r' }, spec: { old: 'x' } });
    cluster.kubernetes.apply(spec({ fresh: { type: 'string', default: 'y' } }));
    expect((await cluster.call('GET', `${path}/r`)).body.spec).toEqual({ fresh: 'y' });
    expect((await cluster.call('GET', path)).body).toMatchObject({ items: [{ spec: { fresh: 'y' } }] });
  });
});
