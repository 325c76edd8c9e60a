import { readFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { evaluateLine, runEvaluate } from '../../../src/cli/evaluate.ts';

const world = { now: () => Date.parse('2026-01-31T08:00:00Z'), random: () => 0.5 };

async function run(args: readonly string[], input = ''): Promise<{ status: number; output: string; errors: string }> {
  const streams = { input: Readable.from([Buffer.from(input)]), output: new PassThrough(), errors: new PassThrough() };
  const collected = { output: '', errors: '' };
  streams.output.on('data', (chunk: Buffer) => (collected.output += chunk.toString()));
  streams.errors.on('data', (chunk: Buffer) => (collected.errors += chunk.toString()));
  const status = await runEvaluate(args, streams, world);
  await new Promise((resolve) => setImmediate(resolve));
  return { status, ...collected };
}

const lines = async (...input: readonly string[]): Promise<readonly unknown[]> => {
  const { output } = await run([], `${input.join('\n')}\n`);
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
};

test('answers each line in order, whatever is on it', async () => {
  const expression = JSON.stringify({ id: 1, expression: 'ToUpper([city])', attributes: { city: 'Lyon' } });
  const filter = { groups: [{ clauses: [{ attribute: 'country', operator: '!&', value: 'US,CA' }] }] };
  expect(
    await lines(
      expression,
      '{',
      '',
      JSON.stringify({ id: 'f', filter, attributes: { country: 'FR' } }),
      JSON.stringify({ id: 'x', expression: 'Apend("a")' }),
      JSON.stringify({ id: 'flow', expression: 'IgnoreFlowIfNullOrEmpty([city])' }),
      '[]',
    ),
  ).toEqual([
    { id: 1, value: 'LYON' },
    { id: null, error: { message: expect.stringContaining('not JSON') as string } },
    { id: 'f', value: true },
    { id: 'x', error: { message: 'there is no function Apend; did you mean Append?', position: 0 } },
    { id: 'flow', value: { $flow: 'IgnoreAttributeFlow' } },
    { id: null, error: { message: 'a case is an object with expression or filter' } },
  ]);
});

test('answers all 160 documented cases as they should come out', async () => {
  const cases = JSON.parse(readFileSync(new URL('../../data/expression-cases.json', import.meta.url), 'utf8')) as readonly {
    readonly id: string;
    readonly expected: unknown;
  }[];
  const answers = await lines(...cases.map((entry) => JSON.stringify(entry)));
  expect(answers).toEqual(cases.map(({ id, expected }) => ({ id, value: expected })));
});

test.each([
  [{ expression: 'Now()', now: 'soon' }, 'now must be a time'],
  [{ expression: 'Now()', attributes: [] }, 'attributes must be an object'],
  [{ expression: '[a]', attributes: { a: {} } }, 'attributes.a must be text'],
  [{ expression: 'SelectUniqueValue("a", "b")', existingTargetValues: [1] }, 'existingTargetValues must be a list of texts'],
  [{ filter: {} }, 'filter must be'],
  [{ filter: [{}] }, 'filter 1 must have clauses'],
  [{ filter: [{ clauses: [{ attribute: 'a' }] }] }, 'filter 1, clause 1 must have attribute and operator'],
  [{ filter: [{ clauses: [{ attribute: 'a', operator: 'LESS THAN', value: '1' }] }] }, 'there is no operator LESS THAN'],
  [{ filter: [{ clauses: [{ attribute: 'a', operator: 'EQUALS' }] }] }, 'needs a text to compare with'],
  [{ filter: [{ clauses: [{ attribute: 'a', operator: 'RegexMatch', value: '(' }] }] }, 'RegexMatch'],
])('says what is wrong with %j', async (input, message) => {
  const [answer] = await lines(JSON.stringify({ id: 'a', ...input }));
  expect(answer).toMatchObject({ id: 'a', error: { message: expect.stringContaining(message) as string } });
});

test.each([
  [
    'clause 2',
    [
      {
        clauses: [
          { attribute: 'a', operator: 'IsNotNull' },
          { attribute: 'a', operator: 'RegexMatch', value: 'a(b' },
        ],
      },
    ],
  ],
  [
    'clause 2, whatever the filter is called',
    [
      {
        name: 'x',
        clauses: [
          { attribute: 'a', operator: 'IsNull' },
          { attribute: 'a', operator: 'NotRegexMatch', value: 'a(b' },
        ],
      },
    ],
  ],
])('tells which clause of a filter is wrong, and where: %s', async (_, filter) => {
  const [answer] = await lines(JSON.stringify({ id: 'a', filter }));
  expect(answer).toEqual({
    id: 'a',
    error: { message: expect.stringMatching(/^filter 1, clause 2: (Not)?RegexMatch: a parenthesis is not closed/) as string, position: 1 },
  });
});

test('answers that a filter is too large to decide with an error, and not that it fails', async () => {
  const filter = [{ clauses: [{ attribute: 'a', operator: 'RegexMatch', value: '(?:[ab]?){200}z' }] }];
  const [answer] = await lines(JSON.stringify({ id: 'a', filter, attributes: { a: 'a'.repeat(5_000) } }));
  expect(answer).toEqual({ id: 'a', error: { message: 'the patterns and the values are together too large to decide' } });
});

test('goes on after a line that is nested without end, in whatever part of it', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const fields = ['id', 'expression', 'filter', 'attributes', 'now', 'existingTargetValues'];
  const answers = await lines(
    ...fields.map((field) => `{"id":7,"expression":"\\"x\\"","${field}":${deep}}`),
    `{"expression":"\\"x\\"","attributes":{"a":${deep}}}`,
    `{"filter":[{"clauses":[${deep}]}]}`,
    deep,
    '{"id":"last","expression":"\\"x\\""}',
  );
  expect(answers).toHaveLength(fields.length + 4);
  expect(answers[0]).toEqual({ id: null, value: 'x' });
  expect(answers.at(-1)).toEqual({ id: 'last', value: 'x' });
});

test.each([
  ['"a"', 'a'],
  ['1.5', 1.5],
  ['null', null],
  ['true', null],
  ['{"a":1}', null],
  ['["a"]', null],
])('takes text and numbers for an id: %s', async (id, expected) => {
  expect(await lines(`{"id":${id},"expression":"\\"x\\""}`)).toEqual([{ id: expected, value: 'x' }]);
});

test('evaluates one expression for a person', async () => {
  expect(await run(['--expression', 'ToUpper([city])', '--attributes', '-'], '{"city":"Lyon"}')).toEqual({
    status: 0,
    output: '"LYON"\n',
    errors: '',
  });
});

test('shows a person the place of an error', async () => {
  const { status, errors } = await run(['--expression', 'Append("a",\n  Apend("b"))']);
  expect(status).toBe(1);
  expect(errors).toBe('  Apend("b"))\n  ^\ntenantsync evaluate: there is no function Apend; did you mean Append?\n');
});

test.each([
  [['--attributes', 'x.json'], '--attributes goes with --expression'],
  [['--expression', '"a"', '--attributes', '/nowhere.json'], '--attributes: /nowhere.json'],
  [['--unknown'], 'Unknown option'],
])('refuses %j', async (args, message) => {
  const { status, errors } = await run(args);
  expect(status).toBe(2);
  expect(errors).toContain(message);
});

const anything = fc.json({ maxDepth: 4 });
const almostCase = fc
  .record(
    {
      id: fc.integer(),
      expression: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('ToUpper([a])', 'Join(",", [a], [b])', 'DateAdd("d", [a], Now())'),
      ),
      filter: fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fc.record({
          groups: fc.array(
            fc.record({
              clauses: fc.array(
                fc.record(
                  {
                    attribute: fc.constantFrom('a', 'b', '__proto__', 'toString'),
                    operator: fc.constantFrom('EQUALS', 'In', 'REGEX MATCH', 'NotRegexMatch', 'Greater_Than', 'IS NULL', 'constructor'),
                    value: fc.string(),
                  },
                  { requiredKeys: ['attribute', 'operator'] },
                ),
              ),
            }),
          ),
        }),
      ),
      attributes: fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(fc.string(), fc.boolean(), fc.integer())),
      ),
      now: fc.oneof(fc.constant('2026-01-31T08:00:00Z'), fc.string()),
      existingTargetValues: fc.jsonValue({ maxDepth: 1 }),
    },
    { requiredKeys: [] },
  )
  .map((input) => JSON.stringify(input));

test.each([
  ['any text', fc.string({ unit: 'binary' })],
  ['any JSON', anything],
  ['almost a case', almostCase],
])('answers %s with a value or an error of its own', (_, lineOf) => {
  fc.assert(
    fc.property(lineOf, (line) => {
      const answer = JSON.parse(evaluateLine(line, world)) as Readonly<Record<string, unknown>>;
      expect('value' in answer || 'error' in answer).toBe(true);
    }),
    { numRuns: 500 },
  );
});
