import { lintStatuses } from '../../support/status-lint.ts';

const ready = {
  type: 'Ready',
  status: 'True',
  reason: 'Succeeded',
  message: 'All is well.',
  observedGeneration: 1,
  lastTransitionTime: '',
};
const lint = (conditions: readonly object[], status: object = {}): readonly string[] =>
  lintStatuses({
    kube: {
      list: (kind: string) =>
        kind === 'TenantPair'
          ? [{ kind, metadata: { name: 'pair', generation: 1 }, status: { observedGeneration: 1, conditions, ...status } }]
          : [],
    },
  } as unknown as Parameters<typeof lintStatuses>[0]);

describe('the lint of statuses at the end of every behaviour test', () => {
  it('finds nothing wrong with a resource that is ready', () => expect(lint([ready])).toEqual([]));

  it.each<[string, readonly object[], object]>([
    ['no Ready', [{ ...ready, type: 'Reconciling' }], {}],
    ['a condition twice', [ready, ready], {}],
    ['Stalled that is not True', [ready, { ...ready, type: 'Stalled', status: 'False' }], {}],
    ['Ready and Stalled', [ready, { ...ready, type: 'Stalled' }], {}],
    ['a reason of no list', [{ ...ready, reason: 'Whatever' }], {}],
    ['an empty message', [{ ...ready, message: ' ' }], {}],
    ['an address', [{ ...ready, message: 'ana@contoso.com cannot be invited.' }], {}],
    ['a generation to come', [ready], { observedGeneration: 2 }],
  ])('finds %s', (_, conditions, status) => expect(lint(conditions, status)).not.toEqual([]));
});
