import type { SyncConfigurationSpec, TenantPairSpec } from '../../src/api/generated.ts';
import { plainOf } from '../../src/core/import/commented.ts';
import { importJob, type ImportOptions } from '../../src/core/import/import.ts';
import { describeProblem } from '../../src/core/import/problem.ts';

/** The files of an import as JSON values, or as bytes. */
export type Exported = Readonly<Record<'schema', unknown> & Partial<Record<'job' | 'secrets' | 'assignments', unknown>>>;

/** What is undefined is an empty file. */
export const bytesOf = (value: unknown): Uint8Array =>
  value instanceof Uint8Array ? value : Buffer.from(value === undefined ? '' : JSON.stringify(value));

type Mutable<T> = { -readonly [K in keyof T]?: T[K] };

/** What an import came to: specs, or lines about what is wrong. */
export interface Imported {
  readonly pair: Mutable<TenantPairSpec>;
  readonly spec: Mutable<SyncConfigurationSpec>;
  /** Every remark, as `kind: text`. */
  readonly remarks: readonly string[];
  readonly problems: readonly string[];
}

type Commented = Parameters<typeof plainOf>[0];

function remarksOf(part: Commented): readonly string[] {
  const entries = part.kind === 'Map' ? part.members : part.kind === 'List' ? part.items : [];
  return entries.flatMap(({ remarks, part: inner }) => [
    ...remarks.map(({ kind, text }) => `${kind}: ${text}`),
    ...(inner === undefined ? [] : remarksOf(inner)),
  ]);
}

/** Imports files that are named as their kind. */
export function imported(files: Exported, options: Partial<ImportOptions> = {}): Imported {
  const named = Object.fromEntries(
    Object.entries(files).map(([kind, value]) => [kind, { name: `${kind}.json`, bytes: bytesOf(value) }]),
  ) as unknown as Parameters<typeof importJob>[0];
  const result = importJob(named, { strictness: 'Strict', ...options });
  if (result.kind === 'Refused') return { pair: {}, spec: {}, remarks: [], problems: result.problems.map(describeProblem) };
  const [pair, configuration] = result.parts.map(plainOf) as unknown as [{ spec: TenantPairSpec }, { spec: SyncConfigurationSpec }];
  const remarks = [...result.remarks.map(({ kind, text }) => `${kind}: ${text}`), ...result.parts.flatMap(remarksOf)];
  return { pair: pair.spec, spec: configuration.spec, remarks, problems: [] };
}
