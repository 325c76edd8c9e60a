/** Words of an expression that are no metrics. */
const language = new Set([
  ...[
    'absent',
    'and',
    'avg',
    'bool',
    'by',
    'clamp_min',
    'count',
    'histogram_quantile',
    'increase',
    'label_replace',
    'max',
    'min',
    'min_over_time',
    'offset',
  ],
  ...['on', 'or', 'rate', 'sum', 'time', 'unless', 'vector', 'without'],
]);
const listed = /\b(?:by|on|without)\s*\(([^)]*)\)/g;

/** Metrics of an expression: identifiers outside of strings, matchers, ranges and lists of labels. */
export function metricsOf(expr: string): readonly string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(listed, '')
    .replaceAll(/\b\d\w*/g, '');
  return [...bare.matchAll(/[A-Za-z_]\w*/g)].map(([word]) => word).filter((word) => !language.has(word));
}

/** Labels of an expression, in matchers and in lists. */
export function labelsOf(expr: string): readonly string[] {
  const inMatchers = [...expr.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label);
  const inLists = [...expr.matchAll(listed)].flatMap(([, list = '']) => list.split(',').map((label) => label.trim()));
  return [...inMatchers, ...inLists];
}

export interface Selector {
  readonly metric: string;
  /** As they stand between the braces. */
  readonly matchers: string;
  /** What stands in the brackets behind it, if there are any. */
  readonly range: string | undefined;
  /** The function around it, if there is one. */
  readonly within: string | undefined;
}

/** The selectors of an expression, each a metric with its matchers. */
export function selectorsOf(expr: string): readonly Selector[] {
  const found = expr.matchAll(/(?:(\w+)\s*\(\s*)?\b([a-z]\w*)\{([^}]*)\}(?:\[([^\]]*)\])?/g);
  return [...found].map(([, within, metric = '', matchers = '', range]) => ({ metric, matchers, range, within }));
}

/** The name of the metric that a series belongs to: a histogram has series of other names. */
export const familyOf = (series: string, known: { has(name: string): boolean }): string =>
  known.has(series) ? series : series.replace(/_(bucket|sum|count)$/, '');
