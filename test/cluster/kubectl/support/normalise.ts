const replacements: readonly (readonly [RegExp, string])[] = [
  // How often an event came, and when it came first, depends on how long things took.
  [/(\d+m)?\d+s \(x\d+ over (\d+m)?\d+s\)/g, 'AGE'],
  [/\b(\d+m)?\d+(\.\d+)?s\b/g, 'AGE'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\b/g, 'TIME'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID'],
  [/((?:Resource Version|resourceVersion):\s+)"?\d+"?/g, '$1VERSION'],
  [/(last-applied-configuration:\s*)\S.*/g, '$1...'],
];

/** What a command printed, without what differs from run to run: ages, times, ids and versions. */
export function normalised(text: string): string {
  const replaced = replacements.reduce((result, [pattern, by]) => result.replaceAll(pattern, by), text);
  return replaced.replaceAll(/[ \t]+$/gm, '').trimEnd();
}

/** The events at the end of a description, which come in no particular order. */
export function events(description: string): string {
  const text = normalised(description);
  const [title = '', head = '', rule = '', ...rows] = text.slice(text.indexOf('\nEvents:') + 1).split('\n');
  return [title, head, rule, ...rows.map((row) => row.trim().replaceAll(/ {2,}/g, '  ')).sort()].join('\n');
}

/** A table with its columns set to the width of what is in them, so that normalised cells line up again. */
export function table(text: string): string {
  const rows = normalised(text)
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
