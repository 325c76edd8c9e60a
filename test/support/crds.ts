import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';

let known: readonly object[] | undefined;

/** The CRDs of this project. */
export function crds(): readonly object[] {
  known ??= read();
  return known;
}

function read(): readonly object[] {
  const folder = new URL('../../crds/', import.meta.url);
  return readdirSync(folder)
    .sort()
    .map((file) => load(readFileSync(new URL(file, folder), 'utf8')) as object);
}
