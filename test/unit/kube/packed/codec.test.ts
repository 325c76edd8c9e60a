import fc from 'fast-check';
import { Codec } from '../../../../src/kube/packed/codec.ts';

const uuid = '0a1b2c3d-0000-4000-8000-00000000abcd';

function roundTrip(codec: Codec, value: unknown): unknown {
  const bytes = Buffer.from(codec.encode([value]));
  return codec.decode(bytes, 0, 1)[0];
}

describe('the codec of packed objects', () => {
  it('gives every JSON value back, to the last character and in the same order', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uuid(),
      fc.stringMatching(/^(?:[0-9a-f]{2}){0,20}$/),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString().replace(/\.\d+/, '')),
      fc.integer().map(String),
      fc.emailAddress(),
      fc.uuid().map((id) => `staff-${id}`),
      fc.constantFrom('Provisioned', 'a@contoso.com', 'b@contoso.com', '\ud800', uuid, '__proto__', '007', '-0', ''),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.double({ noNaN: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(text, tie('value'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), (values) => {
        const codec = new Codec();
        // Twice, because what recurs is written another way.
        for (const each of [...values, ...values]) expect(JSON.stringify(roundTrip(codec, each))).toBe(JSON.stringify(each));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['2026-02-30T00:00:00Z'],
    ['1969-12-31T23:59:59Z'],
    ['0000-01-01T00:00:00Z'],
    ['12345678901234567890'],
    ['0A1B2C3D-0000-4000-8000-00000000ABCD'],
    [`staff-${uuid}`],
    ['\ud83d'],
  ])('keeps %j as it is', (text) => {
    const codec = new Codec();
    for (let time = 0; time < 3; time += 1) expect(roundTrip(codec, { text })).toEqual({ text });
  });

  it('reads the first values without the rest', () => {
    const codec = new Codec();
    const bytes = Buffer.from(codec.encode(['staff', uuid, { id: uuid }]));
    expect(codec.decode(bytes, 0, 2)).toEqual(['staff', uuid]);
    expect(codec.decode(bytes, 0, 3)[2]).toEqual({ id: uuid });
  });

  it('takes no member of an object for its prototype', () => {
    const read = roundTrip(new Codec(), JSON.parse('{"__proto__":{"polluted":true}}')) as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(JSON.stringify(read)).toBe('{"__proto__":{"polluted":true}}');
  });

  it('writes what recurs in a few bytes', () => {
    const codec = new Codec();
    const record = (index: number): object => ({ state: 'The account agrees with the source.', tenant: uuid, index });
    for (let index = 0; index < 3; index += 1) codec.encode([record(index)]);
    expect(codec.encode([record(4)]).length).toBeLessThan(10);
  });
});
