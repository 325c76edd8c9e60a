/**
 * A value as an OData string literal: in quotes, apostrophes doubled. To be encoded with {@link query} afterwards.
 */
export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Expressions of a `$filter` joined by `or`. */
export function anyOf(expressions: readonly string[]): string {
  return expressions.join(' or ');
}

/** A path segment for an id or a name, encoded (`#` included). */
export function segment(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** A query string from options; undefined ones are left out. Values are encoded, apart from the characters that OData gives a meaning of its own. */
export function query(options: Readonly<Record<string, string | number | undefined>>): string {
  const parts = Object.entries(options)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(
      ([name, value]) =>
        `${name}=${encodeURIComponent(String(value).toWellFormed()).replace(/%2C/g, ',').replace(/%24/g, '$').replace(/%3D/g, '=')}`,
    );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
