import type { JsonObject, KubeObject } from '../types.ts';
import { ageOf } from './age.ts';
import type { JsonPath } from './json-path.ts';
import { compileJsonPath } from './json-path.ts';

/** One column of a table, and how a cell of it is made. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly cell: (object: KubeObject, now: number) => unknown;
}

/** A column as a CustomResourceDefinition declares it. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

/** The column that every table starts with. */
export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
  cell: (object) => object.metadata.name,
};

/** The column that tables end with when nothing else is declared. */
export const ageColumn: Column = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'CreationTimestamp is the time at which the object was created.',
  priority: 0,
  cell: (object, now) => ageOf(object.metadata.creationTimestamp, now),
};

/** A column of a built-in kind. */
export function column(name: string, cell: Column['cell'], type = 'string', priority = 0): Column {
  return { name, type, format: '', description: '', priority, cell };
}

/** A column that a CustomResourceDefinition declares. */
export function printerColumn(declared: PrinterColumn): Column {
  const path = compileJsonPath(declared.jsonPath);
  return {
    name: declared.name,
    type: declared.type,
    format: declared.format ?? '',
    description: declared.description ?? `Custom resource definition column (in JSONPath format): ${declared.jsonPath}`,
    priority: declared.priority ?? 0,
    cell: (object, now) => cellOf(path, declared.type, object, now),
  };
}

function cellOf(path: JsonPath | undefined, type: string, object: KubeObject, now: number): unknown {
  const value = path?.(object)[0];
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : JSON.stringify(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, now) : null;
    default:
      return null;
  }
}

/** What the rows of a table carry besides their cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** How tables are asked for. */
export interface TableOptions {
  readonly apiVersion: string;
  readonly include: IncludeObject;
  readonly now: number;
}

/** A table of objects; `metadata` is that of the list, or of a single object. */
export function toTable(
  columns: readonly Column[],
  objects: readonly KubeObject[],
  metadata: JsonObject,
  options: TableOptions,
): JsonObject {
  return {
    kind: 'Table',
    apiVersion: options.apiVersion,
    metadata,
    columnDefinitions: columns.map(({ name, type, format, description, priority }) => ({ name, type, format, description, priority })),
    rows: objects.map((object) => toRow(columns, object, options)),
  };
}

function toRow(columns: readonly Column[], object: KubeObject, { apiVersion, include, now }: TableOptions): JsonObject {
  const cells = columns.map((one) => one.cell(object, now) ?? null);
  if (include === 'None') return { cells };
  if (include === 'Object') return { cells, object };
  return { cells, object: { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata } };
}
