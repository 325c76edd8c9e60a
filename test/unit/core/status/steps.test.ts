import { stepResults, type Taken } from '../../../../src/core/status/steps.ts';

const read: Taken = {
  steps: ['EntryImport', 'EntryMatching'],
  open: new Set(),
  action: 'create',
  status: 'success',
  by: 'Decided',
  refused: [],
};

describe('F2 the steps of a pass, each with how it ended', () => {
  it.each<[string, Partial<Taken>, string]>([
    ['a creation', { steps: [...read.steps, 'EntryExportAdd'] }, 'EntryImport success, EntryMatching success, EntryExportAdd success'],
    [
      'a search that failed',
      { status: 'failure', by: 'Refused', open: new Set(['EntryMatching']) },
      'EntryImport success, EntryMatching failure',
    ],
    [
      'an invitation that was refused',
      { status: 'failure', by: 'Refused' },
      'EntryImport success, EntryMatching success, EntryExportAdd failure',
    ],
    ['a conflict that was found', { status: 'failure' }, 'EntryImport success, EntryMatching failure'],
    [
      'a restore that a conflict forbids',
      { action: 'restore', status: 'failure' },
      'EntryImport success, EntryMatching success, EntryExportRestore failure',
    ],
    ['a skip', { steps: ['EntryImport'], status: 'skipped' }, 'EntryImport success, EntrySynchronizationSkip skipped'],
    [
      'an update of which an attribute and the manager were refused',
      { steps: ['EntryImport', 'EntryExportUpdate'], action: 'update', status: 'warning', refused: ['mobilePhone', 'manager'] },
      'EntryImport success, EntryExportUpdate warning, ReferenceResolution failure',
    ],
    ['a failure before any step', { steps: [], status: 'failure' }, 'EntryImport failure'],
  ])('of %s', (_, taken, said) => {
    const results = stepResults({ ...read, ...taken });
    expect(results.map(({ name, status }) => `${name} ${status}`).join(', ')).toBe(said);
  });
});
