import { Writable } from 'node:stream';
import { createOperatorLogger, type LoggerOptions } from '../../../src/telemetry/logger.ts';
import type { Logger } from '../../../src/ports/logger.ts';

/** A logger and the lines it has written. */
function recorded(options: Partial<LoggerOptions> = {}): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(...chunk.toString().split('\n').slice(0, -1));
      done();
    },
  });
  return { logger: createOperatorLogger({ level: 'debug', format: 'json', stream, ...options }), lines };
}

const parsed = (lines: readonly string[]): Record<string, unknown> => JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;

test('a line is one JSON object with time, level, message and fields', () => {
  const { logger, lines } = recorded();
  logger.info('Cycle ended', { cycle: 'c-1', usersRead: 3, ok: true });
  expect(lines).toHaveLength(1);
  expect(parsed(lines)).toEqual({
    level: 'info',
    message: 'Cycle ended',
    cycle: 'c-1',
    usersRead: 3,
    ok: true,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
  });
});

test('a line for people begins with time, level and message', () => {
  const { logger, lines } = recorded({ format: 'text' });
  logger.warn('Shard lost', { shard: 1 });
  expect(lines[0]).toMatch(/^\d{4}-\S+Z warn Shard lost \{"shard":1\}$/);
});

test.each([
  ['error', ['error']],
  ['warn', ['error', 'warn']],
  ['info', ['error', 'warn', 'info']],
  ['debug', ['error', 'warn', 'info', 'debug']],
] as const)('level %s lets through what matters as much or more', (level, expected) => {
  const { logger, lines } = recorded({ level });
  for (const at of ['error', 'warn', 'info', 'debug'] as const) logger[at](at);
  expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
});

test('a child adds its fields to each line', () => {
  const { logger, lines } = recorded();
  logger.child({ controller: 'tenantpair' }).child({ name: 'a' }).info('Reconciled', { result: 'ok' });
  expect(parsed(lines)).toMatchObject({ controller: 'tenantpair', name: 'a', result: 'ok' });
});

describe('whoever puts it there,', () => {
  test.each([
    'password',
    'secret',
    'clientSecret',
    'client_secret',
    'token',
    'accessToken',
    'access_token',
    'assertion',
    'privateKey',
    'private_key',
    'authorization',
    'Authorization',
  ])('the value of a field named %s is not logged', (name) => {
    const { logger, lines } = recorded();
    logger.error('Failed', { [name]: 'hunter2' });
    logger.child({ [name]: 'hunter2' }).error('Failed');
    expect(lines.join()).not.toContain('hunter2');
    expect(parsed(lines)[name]).toBe('[redacted]');
  });

  test.each([
    'ana.perez@contoso.com',
    'ana.perez_contoso.com#EXT#@fabrikam.onmicrosoft.com',
    "o'brien@contoso.com",
    'jürgen@münchen.example',
  ])('the address %s is not logged in a field or in a message', (address) => {
    for (const format of ['json', 'text'] as const) {
      const { logger, lines } = recorded({ format });
      logger.error(`Could not invite ${address}.`, { user: address, detail: `"${address}" is taken` });
      const [local = ''] = address.replace("o'", '').split('@');
      expect(lines.join()).not.toContain(local);
      expect(lines.join()).toContain('[address]');
    }
  });

  test('addresses in lists and tokens inside a text are not logged either', () => {
    const { logger, lines } = recorded();
    logger.error('Refused', {
      users: ['ana.perez@contoso.com', 'x'],
      detail: 'sent Authorization: Bearer eyJhbGciOi.eyJ0aWQiOi.c2ln to the service',
    });
    expect(lines.join()).not.toMatch(/ana\.perez|eyJ/);
    expect(parsed(lines)).toMatchObject({ users: ['[address]', 'x'] });
  });

  test('object ids, numbers and names of attributes are logged as they are', () => {
    const { logger, lines } = recorded();
    const fields = { objectId: '5b1f0000-0000-0000-0000-00000000000a', attempt: 3, attribute: 'jobTitle', names: ['mail', 'city'] };
    logger.info('Updated', fields);
    expect(parsed(lines)).toMatchObject(fields);
  });
});
