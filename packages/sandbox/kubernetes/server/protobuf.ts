import { objectOf } from '../json.ts';
import type { JsonObject } from '../types.ts';

/** How a field of a message is written in JSON. */
interface Field {
  readonly name: string;
  readonly type: 'string' | 'bytes' | 'bool' | 'int' | 'map' | 'bytesMap' | 'strings' | Message;
}

type Message = ReadonlyMap<number, Field>;

const metadata: Message = new Map<number, Field>([
  [1, { name: 'name', type: 'string' }],
  [2, { name: 'generateName', type: 'string' }],
  [3, { name: 'namespace', type: 'string' }],
  [5, { name: 'uid', type: 'string' }],
  [6, { name: 'resourceVersion', type: 'string' }],
  [11, { name: 'labels', type: 'map' }],
  [12, { name: 'annotations', type: 'map' }],
  [14, { name: 'finalizers', type: 'strings' }],
]);

const withMetadata = (...fields: [number, Field][]): Message =>
  new Map<number, Field>([[1, { name: 'metadata', type: metadata }], ...fields]);

const resourceAttributes: Message = new Map(
  ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'].map((name, index) => [index + 1, { name, type: 'string' }]),
);

const messages: Readonly<Record<string, Message>> = {
  Namespace: withMetadata(),
  ServiceAccount: withMetadata(),
  Secret: withMetadata(
    [2, { name: 'data', type: 'bytesMap' }],
    [3, { name: 'type', type: 'string' }],
    [4, { name: 'stringData', type: 'map' }],
    [5, { name: 'immutable', type: 'bool' }],
  ),
  ConfigMap: withMetadata(
    [2, { name: 'data', type: 'map' }],
    [3, { name: 'binaryData', type: 'bytesMap' }],
    [4, { name: 'immutable', type: 'bool' }],
  ),
  SelfSubjectAccessReview: withMetadata([
    2,
    { name: 'spec', type: new Map<number, Field>([[1, { name: 'resourceAttributes', type: resourceAttributes }]]) },
  ]),
  SelfSubjectReview: withMetadata(),
  TokenRequest: withMetadata([
    2,
    {
      name: 'spec',
      type: new Map<number, Field>([
        [1, { name: 'audiences', type: 'strings' }],
        [4, { name: 'expirationSeconds', type: 'int' }],
      ]),
    },
  ]),
  DeleteOptions: new Map<number, Field>([
    [1, { name: 'gracePeriodSeconds', type: 'int' }],
    [
      2,
      {
        name: 'preconditions',
        type: new Map<number, Field>([
          [1, { name: 'uid', type: 'string' }],
          [2, { name: 'resourceVersion', type: 'string' }],
        ]),
      },
    ],
    [3, { name: 'orphanDependents', type: 'bool' }],
    [4, { name: 'propagationPolicy', type: 'string' }],
    [5, { name: 'dryRun', type: 'strings' }],
  ]),
};

interface WireField {
  readonly number: number;
  readonly bytes: Buffer;
  readonly int: bigint;
}

/** Decodes an object in Kubernetes' protobuf envelope; undefined for kinds that are not known here. */
export function decodeProtobuf(body: Uint8Array): JsonObject | undefined {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (buffer.subarray(0, 4).toString('latin1') !== 'k8s\0') return undefined;
  let type: JsonObject = {};
  let raw = Buffer.alloc(0);
  for (const field of fields(buffer.subarray(4))) {
    if (field.number === 1) type = texts(field.bytes, ['apiVersion', 'kind']);
    if (field.number === 2) raw = field.bytes as typeof raw;
  }
  const message = messages[String(type.kind)];
  return message && { ...type, ...decode(raw, message) };
}

function texts(buffer: Buffer, names: readonly string[]): JsonObject {
  return Object.fromEntries([...fields(buffer)].map((field) => [names[field.number - 1] ?? String(field.number), field.bytes.toString()]));
}

function decode(buffer: Buffer, message: Message): JsonObject {
  const result: JsonObject = {};
  for (const wire of fields(buffer)) {
    const field = message.get(wire.number);
    if (!field) continue;
    const before = result[field.name];
    const value = valueOf(field, wire, before);
    if (value !== '') result[field.name] = value;
  }
  return result;
}

function valueOf(field: Field, wire: WireField, before: unknown): unknown {
  switch (field.type) {
    case 'string':
      return wire.bytes.toString();
    case 'bytes':
      return wire.bytes.toString('base64');
    case 'bool':
      return wire.int !== 0n;
    case 'int':
      return Number(BigInt.asIntN(64, wire.int));
    case 'strings':
      return [...((before as string[] | undefined) ?? []), wire.bytes.toString()];
    case 'map':
    case 'bytesMap': {
      const [key, value] = [1, 2].map(
        (number) => [...fields(wire.bytes)].find((entry) => entry.number === number)?.bytes ?? Buffer.alloc(0),
      );
      return { ...objectOf(before), [String(key)]: value?.toString(field.type === 'map' ? 'utf8' : 'base64') ?? '' };
    }
    default:
      return decode(wire.bytes, field.type);
  }
}

function* fields(buffer: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; at < buffer.length; shift += 7n) {
      const byte = buffer[at] ?? 0;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < buffer.length) {
    const tag = Number(varint());
    const kind = tag & 7;
    const int = kind === 0 ? varint() : 0n;
    const length = kind === 2 ? Number(varint()) : kind === 1 ? 8 : kind === 5 ? 4 : 0;
    yield { number: tag >> 3, bytes: buffer.subarray(at, at + length), int };
    at += length;
  }
}
