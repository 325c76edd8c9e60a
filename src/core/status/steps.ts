/** One step of a pass, as the provisioning log tells of it. */
export interface StepResult {
  readonly name: string;
  readonly status: 'success' | 'failure' | 'skipped' | 'warning';
}

type Action = 'create' | 'update' | 'delete' | 'disable' | 'restore' | 'stagedDelete' | 'other';

/** What a pass has done, and what it came to. */
export interface Taken {
  /** Names of the steps, in order. */
  readonly steps: readonly string[];
  /** Those of them that were begun and did not end. */
  readonly open: ReadonlySet<string>;
  readonly action: Action;
  readonly status: StepResult['status'];
  /** `Refused`: a request to the target failed. `Decided`: what was read forbids the act. */
  readonly by: 'Refused' | 'Decided';
  /** Names of attributes that the target refused. */
  readonly refused: readonly string[];
}

const writes: Readonly<Record<Action, string>> = {
  create: 'EntryExportAdd',
  update: 'EntryExportUpdate',
  disable: 'EntryExportUpdate',
  delete: 'EntryExportDelete',
  restore: 'EntryExportRestore',
  stagedDelete: 'EntrySynchronizationSkip',
  other: 'EntryExportUpdate',
};

/** The steps of a pass, each with how it ended by itself. */
export function stepResults({ steps, open, action, status, by, refused }: Taken): readonly StepResult[] {
  const partly = (name: string): boolean => name === 'EntryExportUpdate' && refused.some((attribute) => attribute !== 'manager');
  const taken = steps.map((name): StepResult => ({ name, status: open.has(name) ? 'failure' : partly(name) ? 'warning' : 'success' }));
  const manager: readonly StepResult[] = refused.includes('manager') ? [{ name: 'ReferenceResolution', status: 'failure' }] : [];
  if (status === 'skipped') return [...taken, ...manager, { name: 'EntrySynchronizationSkip', status }];
  if (status !== 'failure' || open.size > 0) return [...taken, ...manager];
  // A write is a step once it has been done: the one that was refused is told here.
  if (by === 'Refused' || action === 'restore') return [...taken, ...manager, { name: writes[action], status }];
  return [...taken.slice(0, -1), { name: taken.at(-1)?.name ?? 'EntryImport', status }, ...manager];
}
