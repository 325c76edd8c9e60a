import { createLogger, format, transports, type Logger as WinstonLogger } from 'winston';
import type { LogFields, Logger } from '../ports/logger.ts';

/** Field names whose values never reach a log, whoever puts them there. */
const secretNames = /^(authorization|password|secret|client_?secret|token|access_?token|assertion|private_?key)$/i;
/** An address or UPN, wherever it hides. */
const address = /[^\s@"'<>]+@[^\s@"'<>]+\.[^\s@"'<>]+/g;

/** A bearer token or any other JSON web token. */
const token = /(bearer\s+\S+|eyJ[\w-]+\.[\w-]+\.[\w-]*)/gi;

function redactValue(name: string, value: unknown): unknown {
  if (secretNames.test(name)) return '[redacted]';
  if (typeof value === 'string') return value.replace(token, '[token]').replace(address, '[address]');
  if (Array.isArray(value)) return value.map((item) => redactValue('', item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([member, inner]) => [member, redactValue(member, inner)]));
}

const redact = format((info) => {
  for (const name of Object.keys(info)) info[name] = redactValue(name, info[name]);
  return info;
});

export interface LoggerOptions {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  readonly format: 'json' | 'text';
  /** Where lines go; standard error by default, so that standard output carries the provisioning log alone. */
  readonly stream?: NodeJS.WritableStream;
}

function adapt(logger: WinstonLogger): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      void logger.log(level, message, fields);
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), child: (fields) => adapt(logger.child(fields)) };
}

/** Structured logs with redaction: one JSON object in a line, or text for people. */
export function createOperatorLogger(options: LoggerOptions): Logger {
  const line =
    options.format === 'json'
      ? format.json()
      : format.printf(
          ({ timestamp, level, message, ...fields }) => `${String(timestamp)} ${level} ${String(message)} ${JSON.stringify(fields)}`,
        );
  return adapt(
    createLogger({
      level: options.level,
      format: format.combine(redact(), format.timestamp(), line),
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the library types its own transport by an older base class
      transports: [new transports.Stream({ stream: options.stream ?? process.stderr })],
    }),
  );
}
