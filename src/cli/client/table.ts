/** Columns of text, as kubectl sets them: each as wide as its widest cell, three spaces between. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

/**
 * Text of somebody else's as one line of a terminal: controls could move the cursor, marks of direction turn a name round, and what has no
 * width hide in one.
 */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u{200b}\u{feff}]/gu, ' ');
}

/** How long ago a time was, as kubectl says it: `45s`, `12m`, `5h`, `3d`; `-` for none. */
export function ago(time: string | undefined, now: number): string {
  if (time === undefined) return '-';
  const seconds = Math.max(0, Math.round((now - Date.parse(time)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
