/** Letters that a culture-invariant conversion leaves alone: dotted and dotless i, and the long s. */
const unpaired = new Set(['İ', 'ı', 'ſ']);

/** Whether every character is plain ASCII, where the quick way is the right one. */
function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false;
  return true;
}

function convert(text: string, one: (character: string) => string): string {
  let result = '';
  for (const character of text) {
    const converted = unpaired.has(character) ? character : one(character);
    // Only pairs of single letters count: ß has no upper-case letter of its own.
    result += converted.length === character.length ? converted : character;
  }
  return result;
}

/** Lower case without regard to culture or neighbouring letters; the length stays. */
export const lowerInvariant = (text: string): string =>
  isAscii(text) ? text.toLowerCase() : convert(text, (character) => character.toLowerCase());

/** Upper case without regard to culture; the length stays. */
export const upperInvariant = (text: string): string =>
  isAscii(text) ? text.toUpperCase() : convert(text, (character) => character.toUpperCase());

/** Whether a name of a culture, such as tr-TR, is well-formed. */
export function isCulture(name: string): boolean {
  try {
    return name.length <= 35 && Intl.getCanonicalLocales(name).length === 1;
  } catch {
    return false;
  }
}

const capitalize = (word: string): string => {
  const [first = ''] = word;
  return upperInvariant(first) + lowerInvariant(word.slice(first.length));
};

/** From a letter to the next separator; an apostrophe inside a word belongs to it. */
const word = /\p{L}(?:'|[^\p{Z}\p{Cc}\p{Cf}\p{P}\p{S}])*/gu;

/** Words with a capital first letter and the rest in lower case. Digits before a letter do not begin a word. */
export const titleCase = (text: string): string => text.replace(word, capitalize);

/** The same with words divided by the given characters and nothing else. */
export function titleCaseBetween(text: string, separators: string): string {
  const divides = new Set(separators);
  let result = '';
  let current = '';
  for (const character of text) {
    if (!divides.has(character)) current += character;
    else {
      result += capitalize(current) + character;
      current = '';
    }
  }
  return result + capitalize(current);
}
