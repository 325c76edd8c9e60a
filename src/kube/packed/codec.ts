import { ByteReader, ByteWriter } from './bytes.ts';
import { Texts } from './texts.ts';

/** How a value is written. Numbers are part of no format that outlives the process. */
const tag = {
  null: 0,
  false: 1,
  true: 2,
  whole: 3,
  double: 4,
  /** A text that is written out. */
  text: 5,
  /** One with half a character in it. */
  halves: 6,
  /** One of {@link Texts}. */
  known: 7,
  /** One that this object has written before. */
  again: 8,
  uuid: 9,
  /** `prefix-` and a UUID. */
  prefixed: 10,
  /** A name and `@domain`. */
  address: 11,
  hex: 12,
  /** A time in whole seconds. */
  time: 13,
  /** A whole number in decimal digits. */
  digits: 14,
  /** An id or hash that many have. */
  knownId: 15,
  list: 16,
  /** An object with names that others have too. */
  shaped: 17,
  object: 18,
} as const;

const uuidLength = 36;
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const hexPattern = /^(?:[0-9a-f]{2}){4,}$/;
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const digitsPattern = /^(?:0|[1-9]\d{0,14})$/;
const mostTexts = 32_768;
/** Ids of tenants and hashes of settings; those of people recur as well, and must not crowd these out. */
const mostIds = 4096;
/** Whoever makes up names without end fills no memory with them. */
const mostShapes = 4096;
const mostNames = 256;
/** Shorter texts are not looked for among those before. */
const shortestAgain = 3;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes JSON values compactly and reads them again, the same to the last character and in the same order: names of members and texts that
 * recur are written once for all values, ids, hashes and times as what they are. A member that is undefined is left out, as in JSON.
 */
export class Codec {
  readonly #texts = new Texts(mostTexts);
  readonly #ids = new Texts(mostIds);
  readonly #shapes: (readonly string[])[] = [];
  readonly #shapeTree: ShapeNode = { after: new Map(), number: undefined };
  readonly #writer = new ByteWriter();
  /** Texts of the value under way. A map of its own for each: one that is cleared drags the texts before along as the collection moves them. */
  #before = new Map<string, number>();

  /** Bytes that hold the values; valid until the next call. */
  encode(values: readonly unknown[]): Buffer {
    this.#writer.clear();
    this.#before = new Map();
    for (const value of values) this.#write(value);
    return this.#writer.written();
  }

  /** Reads so many of the values that were written there. */
  decode(buffer: Buffer, at: number, count: number): readonly unknown[] {
    const reading: Reading = { bytes: new ByteReader(buffer, at), before: [] };
    const values: unknown[] = [];
    while (values.length < count) values.push(this.#read(reading));
    return values;
  }

  #write(value: unknown): void {
    const writer = this.#writer;
    if (typeof value === 'string') this.#writeText(value);
    else if (typeof value === 'number') this.#writeNumber(value);
    else if (typeof value === 'boolean') writer.byte(value ? tag.true : tag.false);
    else if (value === null || value === undefined) writer.byte(tag.null);
    else if (Array.isArray(value)) {
      writer.byte(tag.list);
      writer.whole(value.length);
      for (const item of value) this.#write(item);
    } else this.#writeObject(value as Fields);
  }

  #writeNumber(value: number): void {
    if (Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)) {
      this.#writer.byte(tag.whole);
      this.#writer.whole(value);
    } else {
      this.#writer.byte(tag.double);
      this.#writer.double(value);
    }
  }

  #writeObject(object: Fields): void {
    const names = Object.keys(object).filter((name) => object[name] !== undefined);
    const shape = this.#shapeOf(names);
    this.#writer.byte(shape === undefined ? tag.object : tag.shaped);
    this.#writer.whole(shape ?? names.length);
    for (const name of names) {
      if (shape === undefined) this.#writeText(name);
      this.#write(object[name]);
    }
  }

  #shapeOf(names: readonly string[]): number | undefined {
    let node: ShapeNode | undefined = this.#shapeTree;
    for (const name of names) {
      node = node.after.get(name);
      if (node === undefined) return this.#newShape(names);
    }
    return node.number ?? this.#newShape(names);
  }

  #newShape(names: readonly string[]): number | undefined {
    if (this.#shapes.length >= mostShapes || names.length > mostNames) return undefined;
    let node = this.#shapeTree;
    for (const name of names) {
      let next = node.after.get(name);
      if (next === undefined) node.after.set(name, (next = { after: new Map(), number: undefined }));
      node = next;
    }
    this.#shapes.push(names);
    node.number = this.#shapes.length - 1;
    return node.number;
  }

  #writeText(text: string): void {
    const before = this.#before.get(text);
    if (before !== undefined) {
      this.#writer.byte(tag.again);
      this.#writer.whole(before);
      return;
    }
    if (text.length >= shortestAgain) this.#before.set(text, this.#before.size);
    if (!this.#writeForm(text)) this.#writePlain(text);
  }

  /** Texts that are something else. */
  #writeForm(text: string): boolean {
    const writer = this.#writer;
    if (text.length >= uuidLength && uuidPattern.test(text.slice(-uuidLength))) return this.#writeUuid(text);
    if (hexPattern.test(text)) {
      if (this.#writeKnownId(text)) return true;
      writer.byte(tag.hex);
      writer.whole(text.length / 2);
      writer.hex(text);
      return true;
    }
    if (timePattern.test(text)) {
      const seconds = secondsOf(text);
      if (seconds === undefined) return false;
      writer.byte(tag.time);
      writer.whole(seconds);
      return true;
    }
    if (!digitsPattern.test(text)) return false;
    writer.byte(tag.digits);
    writer.whole(Number(text));
    return true;
  }

  #writeUuid(text: string): boolean {
    const prefix = text.slice(0, -uuidLength);
    const number = this.#texts.numberOf(prefix);
    if (prefix !== '' && number === undefined) return false;
    if (prefix === '' && this.#writeKnownId(text)) return true;
    this.#writer.byte(number === undefined ? tag.uuid : tag.prefixed);
    if (number !== undefined) this.#writer.whole(number);
    this.#writer.hex(text.slice(-uuidLength).replaceAll('-', ''));
    return true;
  }

  #writeKnownId(text: string): boolean {
    const known = this.#ids.numberOf(text);
    if (known === undefined) return false;
    this.#writer.byte(tag.knownId);
    this.#writer.whole(known);
    return true;
  }

  #writePlain(text: string): void {
    const writer = this.#writer;
    const known = this.#texts.numberOf(text);
    if (known !== undefined) {
      writer.byte(tag.known);
      writer.whole(known);
      return;
    }
    if (!text.isWellFormed()) {
      writer.byte(tag.halves);
      writer.text(text, 'utf16le');
      return;
    }
    const domain = text.indexOf('@');
    const number = domain > 0 ? this.#texts.numberOf(text.slice(domain)) : undefined;
    writer.byte(number === undefined ? tag.text : tag.address);
    if (number !== undefined) writer.whole(number);
    writer.text(number === undefined ? text : text.slice(0, domain), 'utf8');
  }

  #read(reading: Reading): unknown {
    const { bytes } = reading;
    const kind = bytes.byte();
    switch (kind) {
      case tag.null:
        return null;
      case tag.false:
        return false;
      case tag.true:
        return true;
      case tag.whole:
        return bytes.whole();
      case tag.double:
        return bytes.double();
      case tag.list:
        return this.#readList(reading, bytes.whole());
      case tag.shaped:
        return this.#readMembers(reading, this.#shapes[bytes.whole()] ?? []);
      case tag.object:
        return this.#readObject(reading, bytes.whole());
      default:
        return this.#readText(reading, kind);
    }
  }

  #readList(reading: Reading, length: number): readonly unknown[] {
    const items: unknown[] = [];
    while (items.length < length) items.push(this.#read(reading));
    return items;
  }

  #readMembers(reading: Reading, names: readonly string[]): Fields {
    const object: Record<string, unknown> = {};
    for (const name of names) setMember(object, name, this.#read(reading));
    return object;
  }

  #readObject(reading: Reading, members: number): Fields {
    const object: Record<string, unknown> = {};
    for (let index = 0; index < members; index += 1) {
      const name = this.#readText(reading, reading.bytes.byte());
      setMember(object, name, this.#read(reading));
    }
    return object;
  }

  #readText(reading: Reading, kind: number): string {
    if (kind === tag.again) return reading.before[reading.bytes.whole()] ?? '';
    const text = this.#readNew(reading.bytes, kind);
    if (text.length >= shortestAgain) reading.before.push(text);
    return text;
  }

  #readNew(bytes: ByteReader, kind: number): string {
    switch (kind) {
      case tag.text:
        return bytes.text('utf8');
      case tag.halves:
        return bytes.text('utf16le');
      case tag.known:
        return this.#texts.textOf(bytes.whole());
      case tag.knownId:
        return this.#ids.textOf(bytes.whole());
      case tag.uuid:
        return readUuid(bytes);
      case tag.prefixed:
        return this.#texts.textOf(bytes.whole()) + readUuid(bytes);
      case tag.address: {
        const domain = this.#texts.textOf(bytes.whole());
        return bytes.text('utf8') + domain;
      }
      case tag.hex:
        return bytes.hex(bytes.whole());
      case tag.time:
        return timeOf(bytes.whole());
      case tag.digits:
        return String(bytes.whole());
      default:
        throw new RangeError('these bytes hold no value');
    }
  }
}

/** Names of members one after the other; the number of the shape that ends here. */
interface ShapeNode {
  readonly after: Map<string, ShapeNode>;
  number: number | undefined;
}

interface Reading {
  readonly bytes: ByteReader;
  /** Texts of the value so far. */
  readonly before: string[];
}

/** A member of that name may be one of the prototype. */
function setMember(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  else object[name] = value;
}

function readUuid(bytes: ByteReader): string {
  const digits = bytes.hex(16);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

/** Since the epoch; undefined for a time before it, or one that there is not. */
function secondsOf(text: string): number | undefined {
  const part = (from: number, to: number): number => Number(text.slice(from, to));
  const [year, month, day] = [part(0, 4), part(5, 7), part(8, 10)];
  const [hour, minute, second] = [part(11, 13), part(14, 16), part(17, 19)];
  if (year < 1970 || hour > 23 || minute > 59 || second > 59) return undefined;
  const days = Date.UTC(year, month - 1, day) / 86_400_000;
  const date = new Date(days * 86_400_000);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return days * 86_400 + hour * 3600 + minute * 60 + second;
}

/** Times that were read last, by their last bits: those of a cycle are few. */
const mostTimes = 1024;
const knownTimes: { readonly seconds: number; readonly text: string }[] = [];

function timeOf(seconds: number): string {
  const known = knownTimes[seconds % mostTimes];
  if (known?.seconds === seconds) return known.text;
  const text = `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
  knownTimes[seconds % mostTimes] = { seconds, text };
  return text;
}
