/** How something stands, for a terminal that has colours. */
export type Tone = 'Good' | 'Bad' | 'Doubtful';

/** Text in the colour of a tone; where there are no colours, the text. */
export type Paint = (text: string, tone: Tone) => string;

const colours: Readonly<Record<Tone, number>> = { Good: 32, Bad: 31, Doubtful: 33 };

/** The colours of a terminal, which everything else, files and pipes among it, does not get; nor whoever has set NO_COLOR. */
export function paintFor({ isTerminal, environment }: { readonly isTerminal: boolean; readonly environment: NodeJS.ProcessEnv }): Paint {
  const none = !isTerminal || (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return none ? (text) => text : (text, tone) => `\u001b[${colours[tone]}m${text}\u001b[0m`;
}

/** A cell of a table; with a tone it is painted. */
export type Cell = string | { readonly text: string; readonly tone: Tone };

const textOf = (cell: Cell | undefined): string => (typeof cell === 'object' ? cell.text : (cell ?? ''));

/** Columns of text, as kubectl sets them: each as wide as its widest cell, three spaces between. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint = (text) => text): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => textOf(row[column]).length)));
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, column) => {
        const text = column === cells.length - 1 ? textOf(cell) : textOf(cell).padEnd(widths[column] ?? 0);
        return typeof cell === 'object' ? paint(text, cell.tone) : text;
      })
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
