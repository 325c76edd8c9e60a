/** Query options of a request by name ($-names in lower case), decoded. */
export type Query = ReadonlyMap<string, string>;

/** Decodes a query string as form data: + is a space. Throws URIError on malformed escapes. */
export function parseQuery(search: string): Query {
  const query = new Map<string, string>();
  if (search === '') return query;
  for (const pair of search.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    query.set(name.startsWith('$') ? name.toLowerCase() : name, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return query;
}

/** Names in a comma-separated option, or undefined when it is absent or empty. */
export function listOption(query: Query, name: string): readonly string[] | undefined {
  const text = query.get(name);
  if (text === undefined || text.trim() === '') return undefined;
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function decode(text: string): string {
  return text.includes('%') || text.includes('+') ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}
