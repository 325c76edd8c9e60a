/** What a comment says about the line that it belongs to. */
export type RemarkKind = 'taken over' | 'differs' | 'cannot be' | 'note' | 'fill in';

export interface Remark {
  readonly kind: RemarkKind;
  readonly text: string;
}

export const remark = (kind: RemarkKind, text: string): Remark => ({ kind, text });

/** A value that is written on one line. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [name: string]: Plain };

/** A manifest, or a part of one, with what is to be said about each of its lines. */
export type Part =
  | { readonly kind: 'Map'; readonly members: readonly Member[] }
  | { readonly kind: 'List'; readonly items: readonly Item[] }
  | { readonly kind: 'Value'; readonly value: Plain };

/** An entry of a list; without a part there is a comment alone in its place. */
export interface Item {
  readonly remarks: readonly Remark[];
  readonly part?: Part;
}

/** A member of a map. */
export interface Member extends Item {
  readonly name: string;
}

export const value = (plain: Plain): Part => ({ kind: 'Value', value: plain });
export const map = (...members: readonly Member[]): Part => ({ kind: 'Map', members });
export const list = (items: readonly Item[]): Part => ({ kind: 'List', items });
export const entry = (part: Part, ...remarks: readonly Remark[]): Item => ({ part, remarks });
export const named = (name: string, part: Part, ...remarks: readonly Remark[]): Member => ({ name, part, remarks });
export const field = (name: string, plain: Plain, ...remarks: readonly Remark[]): Member => named(name, value(plain), ...remarks);
/** Remarks in the place of a member that is not there. */
export const saying = (name: string, ...remarks: readonly Remark[]): Member => ({ name, remarks });

/** The manifest without its comments. */
export function plainOf(part: Part): Plain {
  switch (part.kind) {
    case 'Value':
      return part.value;
    case 'List':
      return part.items.flatMap((item) => (item.part === undefined ? [] : [plainOf(item.part)]));
    case 'Map':
      return Object.fromEntries(
        part.members.flatMap((member) => (member.part === undefined ? [] : [[member.name, plainOf(member.part)] as const])),
      );
  }
}
