import { useServer } from './support/client.ts';
import { widget } from './support/widgets.ts';

const client = useServer();
const refused = (message: string): string => `422 Widget.contract.example.dev "a" is invalid: ${message}`;

describe('a value that the schema forbids is refused:', () => {
  test.each([
    [{ colour: undefined }, 'spec.colour: Required value'],
    [{ colour: 'pink' }, 'spec.colour: Unsupported value: "pink": supported values: "red", "green", "blue"'],
    [{ size: 'x' }, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
    [{ size: 1.5 }, 'spec.size: Invalid value: "number": spec.size in body must be of type integer: "number"'],
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
    [{ tags: 'a' }, 'spec.tags: Invalid value: "string": spec.tags in body must be of type array: "string"'],
    [{ parts: [{ name: 'p' }, { name: 'p' }] }, 'spec.parts[1]: Duplicate value: {"name":"p"}'],
    [{ parts: [{ count: 2 }] }, 'spec.parts[0].name: Required value'],
    [{ parts: [{ name: 'p', kind: 'c' }] }, 'spec.parts[0].kind: Unsupported value: "c": supported values: "a", "b"'],
    [{ limits: { a: 1, b: 2, c: 3 } }, 'spec.limits: Too many: 3: must have at most 2 items'],
    [{ limits: { a: 'x' } }, 'spec.limits.a: Invalid value: "string": spec.limits.a in body must be of type integer: "string"'],
    [{ options: [] }, 'spec.options: Invalid value: "array": spec.options in body must be of type object: "array"'],
    [{ size: 1, tags: ['a'] }, 'spec: Invalid value: tags need a size above 1'],
  ])('%j', async (spec, message) => {
    const api = await client();
    const { status, body } = await api.call('POST', api.widgets, widget('a', spec));
    const text = `${status} ${String(body.message)}`;
    expect(text.startsWith(refused(''))).toBe(true);
    expect(text).toContain(message);
    expect({ message: body.message, causes: (body.details as { causes: unknown }).causes }).toMatchSnapshot();
  });

  test('several at once are all named, in no particular order', async () => {
    const api = await client();
    const { body } = await api.call('POST', api.widgets, widget('a', { size: 0, code: 'a' }));
    expect(body.message).toMatch(/^Widget\.contract\.example\.dev "a" is invalid: \[spec\.\w+: .*, spec\.\w+: .*\]$/);
    const { causes } = body.details as { causes: { field: string }[] };
    expect(causes.map(({ field }) => field).sort()).toEqual(['spec.code', 'spec.size']);
  });

  test('a name that a rule forbids', async () => {
    const api = await client();
    const { body } = await api.call('POST', api.widgets, widget('a'.repeat(21)));
    expect(body.message).toBe(
      `Widget.contract.example.dev "${'a'.repeat(21)}" is invalid: <nil>: Invalid value: the name is too long for a widget`,
    );
  });

  test('a change of what is immutable; taking it away and bringing another are two changes', async () => {
    const api = await client();
    await api.create('a', { serial: 'one' });
    const { body } = await api.call('PATCH', `${api.widgets}/a`, { spec: { serial: 'two' } });
    expect(body).toMatchObject({ code: 422, details: { causes: [{ reason: 'FieldValueInvalid', field: 'spec.serial' }] } });
    expect(body.message).toBe('Widget.contract.example.dev "a" is invalid: spec.serial: Invalid value: "two": serial is immutable');
    await api.patch('a', { spec: { serial: null } });
    expect((await api.patch('a', { spec: { serial: 'two' } })).spec).toMatchObject({ serial: 'two' });
  });
});

describe('defaults', () => {
  test('are filled in, also in lists and objects that are there', async () => {
    const api = await client();
    const { spec } = await api.create('a', { options: {}, parts: [{ name: 'p' }] });
    expect(spec).toEqual({ colour: 'red', size: 7, options: { fast: false }, parts: [{ name: 'p', count: 1 }] });
  });

  test('of status are there from the beginning', async () => {
    const api = await client();
    const { status } = await api.create('a');
    expect(status).toEqual({ state: 'New', observedGeneration: -1 });
  });

  test('replace null where null is not allowed, and leave it where it is', async () => {
    const api = await client();
    const { spec } = await api.create('a', { size: null, note: null });
    expect(spec).toEqual({ colour: 'red', size: 7, note: null });
  });

  test('that are not there leave nothing of a null that is not allowed', async () => {
    const api = await client();
    const { spec } = await api.create('a', { code: null, parts: [{ name: 'p', kind: null }], limits: { a: null } });
    expect(spec).toEqual({ colour: 'red', size: 7, parts: [{ name: 'p', count: 1 }], limits: {} });
  });
});

describe('a field that the schema does not know', () => {
  const extra = { wings: 2, options: { slow: true }, extra: { any: 1 } };
  const warnings = '299 - "unknown field \\"spec.options.slow\\"", 299 - "unknown field \\"spec.wings\\""';

  test.each(['', '?fieldValidation=Warn'])('is dropped with a warning ("%s")', async (query) => {
    const api = await client();
    const { status, body, headers } = await api.call('POST', `${api.widgets}${query}`, widget('a', extra));
    expect([status, body.spec]).toEqual([201, { colour: 'red', size: 7, options: { fast: false }, extra: { any: 1 } }]);
    expect(headers.get('warning')).toBe(warnings);
  });

  test('is a 400 with fieldValidation=Strict', async () => {
    const api = await client();
    const { status, body } = await api.call('POST', `${api.widgets}?fieldValidation=Strict`, widget('a', extra));
    expect(status).toBe(400);
    expect(body.message).toBe(
      'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.options.slow", unknown field "spec.wings"',
    );
  });

  test('in a patch is a 422 with fieldValidation=Strict', async () => {
    const api = await client();
    await api.create('a');
    const { status, body } = await api.call('PATCH', `${api.widgets}/a?fieldValidation=Strict`, { spec: { wings: 2 } });
    expect(status).toBe(422);
    expect(body.message).toContain('strict decoding error: unknown field "spec.wings"');
  });

  test('is not mentioned with fieldValidation=Ignore', async () => {
    const api = await client();
    const { headers } = await api.call('POST', `${api.widgets}?fieldValidation=Ignore`, widget('a', extra));
    expect(headers.has('warning')).toBe(false);
  });

  test('outside of spec and status is one as well', async () => {
    const api = await client();
    const { body, headers } = await api.call('POST', api.widgets, { ...widget('a'), frob: 1 });
    expect(body).not.toHaveProperty('frob');
    expect(headers.get('warning')).toBe('299 - "unknown field \\"frob\\""');
  });

  test('in the metadata is one as well', async () => {
    const api = await client();
    const { body, headers } = await api.call('POST', api.widgets, widget('a', {}, { frob: 1 }));
    expect(body.metadata).not.toHaveProperty('frob');
    expect(headers.get('warning')).toBe('299 - "unknown field \\"metadata.frob\\""');
  });
});

test('values of any shape are taken where the schema says so', async () => {
  const api = await client();
  const { spec } = await api.create('a', { port: 'http', extra: { deep: [{ x: null }] }, note: null });
  expect(spec).toMatchObject({ port: 'http', extra: { deep: [{ x: null }] }, note: null });
  expect((await api.create('b', { port: 80 })).spec).toMatchObject({ port: 80 });
});
