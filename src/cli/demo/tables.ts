import type { Kubernetes } from '@tenantsync/sandbox/kubernetes';

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

/** Columns as kubectl prints them: headings in upper case, three spaces between. */
function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}

/** An empty cell shows as `<none>`, as kubectl has it. */
function cellText(cell: unknown): string {
  const text = typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : '';
  return text === '' ? '<none>' : text;
}

/** What `kubectl get` prints: the server's own table of a kind, of all objects or of those named. */
export async function kubectlGet(
  kube: Kubernetes,
  namespace: string,
  plural: string,
  options: { readonly fieldSelector?: string; readonly names?: readonly string[] } = {},
): Promise<string> {
  const query = options.fieldSelector === undefined ? '' : `?fieldSelector=${encodeURIComponent(options.fieldSelector)}`;
  const response = await kube.fetch(`${kube.url}/apis/tenantsync.dev/v1alpha1/namespaces/${namespace}/${plural}${query}`, {
    method: 'GET',
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  const table = (await response.json()) as Table;
  const shown = table.columnDefinitions.map((column, index) => ({ ...column, index })).filter((column) => (column.priority ?? 0) === 0);
  const rows = table.rows
    .map((row) => shown.map((column) => cellText(row.cells[column.index])))
    .filter((row) => options.names?.includes(row[0] ?? '') ?? true);
  return rows.length === 0 ? 'No resources found.' : layOut([shown.map((column) => column.name.toUpperCase()), ...rows]);
}

/** A table of one's own in the same manner. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return layOut([headings, ...rows]);
}
