import fc from 'fast-check';
import { hashOf } from '../../../../src/core/hash.ts';
import { canonicalValue } from '../../../../src/core/mapping/canonical.ts';
import { isUntampered, sealSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { directoryJson, parseBounded } from '../../../../src/core/wire/json.ts';
import { mayHoldHalves, wellFormed } from '../../../../src/core/wire/text.ts';

/** What a Go server makes of a JSON text: the escape of half a character becomes U+FFFD, everything else stays. */
function stored(value: unknown): unknown {
  const text = JSON.stringify(value);
  return JSON.parse(
    text.replaceAll(/(\\\\)|\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g, (escape) => (escape === '\\\\' ? escape : '\\ufffd')),
  ) as unknown;
}

/** Texts with halves of characters, control characters, NUL, and names that are traps. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit))).map((units) => units.join('')),
  fc.constantFrom('\ud83d', 'a\ude00b', '\u0000', '\u001f\u007f\u2028', '\\ud83d', '👩‍🚀', 'e\u0301', '\ufffd'),
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
})).value;

describe('Half a character', () => {
  test('makes no difference to a hash: what was sealed is what is stored', () => {
    fc.assert(
      fc.property(json, (value) => expect(hashOf(stored(value))).toBe(hashOf(value))),
      { numRuns: 500 },
    );
  });

  test('leaves a sealed record untampered once it has been stored', () => {
    fc.assert(
      fc.property(text, text, (name, displayName) => {
        const spec = sealSpec({
          syncConfigurationRef: { name: 'staff' },
          source: { tenantId: 's', objectId: 'o', userPrincipalName: name },
          target: { tenantId: 't' },
          mode: 'Apply',
          lifecycle: 'Present',
          attributes: { displayName },
        });
        expect(isUntampered(stored(spec) as typeof spec)).toBe(true);
      }),
    );
  });

  test('becomes what the server makes of it, and nothing else changes', () => {
    fc.assert(
      fc.property(json, (value) => expect(wellFormed(value)).toEqual(stored(value))),
      { numRuns: 500 },
    );
    fc.assert(fc.property(json, (value) => expect(wellFormed(wellFormed(value))).toEqual(wellFormed(value))));
    expect(wellFormed({ a: undefined })).toEqual({ a: undefined });
  });

  test('is looked for in the texts that may hold one, and is gone from what was parsed', () => {
    fc.assert(
      fc.property(json, (value) => {
        const sent = JSON.stringify(value);
        expect(parseBounded(sent, directoryJson)).toEqual(stored(value));
        expect(mayHoldHalves(sent) || JSON.stringify(wellFormed(value)) === sent).toBe(true);
      }),
    );
  });

  test('that an expression leaves at the end of a text it has cut is none in the record', () => {
    expect(canonicalValue('displayName', 'Ana 👩'.slice(0, 5))).toBe('Ana \ufffd');
    expect(canonicalValue('businessPhones', ['\ud83d'])).toEqual(['\ufffd']);
  });
});
