/** Whether a JSON text may hold half a character: only an escape can bring one in, because UTF-8 has none. */
const escapedSurrogate = /\\u[dD][89a-fA-F]/;

/**
 * A JSON value as Kubernetes and the directories store it: half a character, as cutting a text in the middle of one leaves, becomes U+FFFD,
 * in names of members too. A record that is hashed in another form than it is stored in looks tampered with for ever. Everything else stays
 * as it is.
 */
export function wellFormed<T>(value: T): T {
  return (typeof value === 'string' ? value.toWellFormed() : typeof value === 'object' && value !== null ? copy(value) : value) as T;
}

function copy(value: object): unknown {
  if (Array.isArray(value)) return (value as unknown[]).map(wellFormed);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed<unknown>(member)]));
}

/** Whether the value of a JSON text may differ from its well-formed form; most texts need not be walked. */
export function mayHoldHalves(json: string): boolean {
  return escapedSurrogate.test(json);
}
