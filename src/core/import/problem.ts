/** What cannot be taken over, as the function that found it knows it: what is wrong, and what helps. */
export interface Trouble {
  readonly what: string;
  readonly wayOut: string;
}

/** A trouble with the place where it stands. An import that has one makes no manifest. */
export interface Problem extends Trouble {
  /** Name of the file as it was given. */
  readonly file: string;
  /** Path in the file, with the name of mapping or filter in brackets; empty: the file as a whole. */
  readonly place: string;
  /** Lenience would leave it out, with a comment in its place. */
  readonly canBeLeftOut?: true;
}

/** Longer names are cut: a name of the export is untrusted, and a message has to be read. */
const longestName = 200;
export const longestMessage = 1_000;

/** What a terminal, or a reader, would not show as it is: controls, half characters, marks that turn the direction of writing. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Text of the export in a form that is safe on one line of a terminal or a comment. */
export function visible(text: string, longest: number = longestName): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return cut.replace(unseen, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same in double quotes. */
export const quoted = (text: string): string => `"${visible(text)}"`;

/** One line for people. */
export function describeProblem({ file, place, what, wayOut }: Problem): string {
  return `${visible(file)}: ${place === '' ? '' : `${place}: `}${what}; ${wayOut}`;
}
