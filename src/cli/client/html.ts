import { plain } from './table.ts';

/** Text for HTML: everything in a report may have been written by somebody else. */
export function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return plain(text).replaceAll(/[&<>"']/g, (found) => entities[found] ?? '');
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d5dae0;vertical-align:top}th{font-weight:600}
code{font-family:ui-monospace,monospace;font-size:.92em}.dim{color:#59636e}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,td{border-color:#30363d}.dim{color:#8b949e}}`;

/** A table, or a sentence where it would be empty. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[], otherwise: string): string {
  if (rows.length === 0) return `<p class="dim">${escaped(otherwise)}</p>`;
  const cells = (tag: 'th' | 'td', row: readonly string[]): string => row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  return `<table><thead><tr>${cells('th', head)}</tr></thead><tbody>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')}</tbody></table>`;
}

export const section = (title: string, content: string): string => `<section><h2>${escaped(title)}</h2>${content}</section>`;

/** What stands above a file. */
interface Heading {
  readonly title: string;
  readonly at: string;
  readonly version: string;
}

/** One file of HTML: no script, nothing from elsewhere. */
export function page({ title, at, version }: Heading, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${style}</style></head>
<body><h1>${escaped(title)}</h1><p class="dim">As it was at ${escaped(at)}; tenantsync ${escaped(version)}.</p>
${content}
</body></html>`;
}
