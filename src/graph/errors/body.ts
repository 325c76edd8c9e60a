/** What an error answer says, gathered from all its levels. */
export interface ErrorFacts {
  /** Codes of all levels, most specific (innermost) first, without empty ones. */
  readonly codes: readonly string[];
  /** `target` of the error and of its details. */
  readonly targets: readonly string[];
  /** All messages in one text: for the last-resort rules only, never to be shown. */
  readonly text: string;
  readonly requestId?: string;
}

const maxDepth = 8;

/**
 * Reads Graph's error envelope in all the forms that were seen: nested `innerError` or `innererror`, `details` as array or as object,
 * an empty `code`, a `message` that is an object. Anything else gives empty facts. Never throws.
 */
export function errorFacts(body: unknown): ErrorFacts {
  const codes: string[] = [];
  const targets: string[] = [];
  const messages: string[] = [];
  let requestId: string | undefined;

  const visit = (node: unknown, depth: number): void => {
    if (!isRecord(node) || depth > maxDepth) return;
    // Deepest first: an inner code is more specific than the one around it.
    visit(node.innerError ?? node.innererror, depth + 1);
    for (const detail of list(node.details)) visit(detail, depth + 1);
    if (typeof node.code === 'string' && node.code !== '' && !/^\d+$/.test(node.code)) codes.push(node.code);
    if (typeof node.target === 'string' && node.target !== '') targets.push(node.target);
    messages.push(...texts(node.message, depth));
    const id = node['request-id'] ?? node.requestId;
    if (typeof id === 'string') requestId = id;
  };

  if (isRecord(body)) {
    const error = body.error;
    // OAuth style answers put the code itself under `error`.
    if (typeof error === 'string') {
      codes.push(error);
      messages.push(...texts(body.error_description, 0));
    } else visit(error, 0);
  }
  return { codes, targets, text: messages.join('\n'), ...(requestId === undefined ? {} : { requestId }) };
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  if (!isRecord(value)) return [];
  // One detail as an object, or a map of details.
  return 'code' in value || 'message' in value || 'target' in value ? [value] : Object.values(value);
}

function texts(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return [value];
  if (depth > maxDepth || !isRecord(value)) return [];
  return Object.values(value).flatMap((inner) => texts(inner, depth + 1));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
