/** A part of a .NET replacement: text, a group, or a part of the input around the match. */
export type ReplacementPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group'; readonly index: number }
  | { readonly kind: 'before' | 'after' | 'input' | 'last' };

export type Replacement = readonly ReplacementPart[];

/** What a replacement must know of its pattern. */
interface Groups {
  /** The engine's number of a group by its name or .NET number. */
  group(name: string): number | undefined;
}

const surroundings: Readonly<Record<string, ReplacementPart>> = {
  $: { kind: 'text', text: '$' },
  '&': { kind: 'group', index: 0 },
  '`': { kind: 'before' },
  "'": { kind: 'after' },
  '+': { kind: 'last' },
  _: { kind: 'input' },
};

const reference = /\$(?:\{([\p{L}\p{Nd}_]+)\}|([0-9]{1,3})|([$&`'+_]))/gu;

/** Splits a replacement; `unknown` is told of a name in braces that is no group, and where. A number that is no group stays as text. */
export function parseReplacement(text: string, groups: Groups, unknown: (name: string, offset: number) => never): Replacement {
  const parts: ReplacementPart[] = [];
  let end = 0;
  const add = (part: ReplacementPart): void => {
    if (part.kind !== 'text' || part.text !== '') parts.push(part);
  };
  for (const match of text.matchAll(reference)) {
    const [whole, name, number, sign] = match;
    add({ kind: 'text', text: text.slice(end, match.index) });
    end = match.index + whole.length;
    if (sign !== undefined) add(surroundings[sign] ?? { kind: 'text', text: whole });
    else {
      const index = groups.group(name ?? number ?? '');
      if (index !== undefined) add({ kind: 'group', index });
      else if (name !== undefined) unknown(name, match.index);
      else add({ kind: 'text', text: whole });
    }
  }
  add({ kind: 'text', text: text.slice(end) });
  return parts;
}
