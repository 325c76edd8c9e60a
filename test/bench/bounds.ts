import { readFileSync } from 'node:fs';

/** The most that a figure may be, by its name. */
export type Bounds = Readonly<Record<string, number>>;

/** Bounds of what is counted with 2,000 people (requests, writes, bytes), never of times: those are the machine's as much as the operator's. */
export const readBounds = (): Bounds => JSON.parse(readFileSync(new URL('bounds.json', import.meta.url), 'utf8')) as Bounds;

/** A line for each figure that is beyond its bound, or was not measured. */
export function beyond(figures: Readonly<Record<string, string | number>>, bounds: Bounds): readonly string[] {
  return Object.entries(bounds).flatMap(([name, most]) => {
    const figure = figures[name];
    if (typeof figure !== 'number') return [`${name} was not measured`];
    return figure <= most ? [] : [`${name} is ${figure}, and may be ${most} at most`];
  });
}
