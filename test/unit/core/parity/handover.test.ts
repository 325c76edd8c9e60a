import type { SyncConfiguration, UserProjection } from '../../../../src/api/kinds.ts';
import { handoverSteps, type HandoverFacts } from '../../../../src/core/parity/handover.ts';

const configuration = (mode: 'Plan' | 'Apply', status: object = {}): SyncConfiguration =>
  ({
    metadata: { name: 'staff', namespace: 'identity', generation: 2 },
    spec: { mode },
    status: {
      observedGeneration: 2,
      lastFullCycleAt: '2026-01-05T10:00:00Z',
      conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded' }],
      ...status,
    },
  }) as unknown as SyncConfiguration;

const job = { jobId: 'Azure2Azure.a.1', servicePrincipalId: 'sp', targetTenantId: 't', runs: false, lastRanAt: '2026-01-05T09:00:00Z' };
const zero = { differences: 0, summary: 'Zero differences.' };
const ready: HandoverFacts = {
  configuration: configuration('Plan'),
  records: [],
  job: { type: 'Found', job },
  parity: zero,
  acceptsDifferences: false,
};

/** The number of the step that comes next, and what is to be done. */
function next(facts: Partial<HandoverFacts>): readonly [number, string] {
  const steps = handoverSteps({ ...ready, ...facts });
  const at = steps.findIndex(({ state }) => state === 'Next');
  expect(steps.map(({ state }) => state).join()).toMatch(/^(Done,?)*(Next)?(,?Later)*$/);
  expect(steps.filter(({ todo }) => todo.length > 0)).toHaveLength(at < 0 ? 0 : 1);
  return [at + 1, steps[at]?.todo.join('\n') ?? ''];
}

describe('G7 handover', () => {
  test.each<[string, Partial<HandoverFacts>, number, string]>([
    ['without a plan', { parity: undefined }, 1, 'kubectl tenantsync wait staff -n identity'],
    [
      'with differences',
      { parity: { differences: 2, summary: '' } },
      2,
      'kubectl tenantsync report --parity staff -n identity > parity.html',
    ],
    ['with a job that runs', { job: { type: 'Found', job: { ...job, runs: true } } }, 3, '/synchronization/jobs/Azure2Azure.a.1/pause'],
    [
      'with wanted differences and a job that runs',
      { parity: { differences: 2, summary: '' }, acceptsDifferences: true, job: { type: 'Found', job: { ...job, runs: true } } },
      3,
      'Unassign nobody',
    ],
    ['with a job that may not be read', { job: { type: 'Unreadable', saidToBePaused: false } }, 3, '--job-is-paused'],
    [
      'with a job that worked after the plan',
      { job: { type: 'Found', job: { ...job, lastRanAt: '2026-01-05T10:00:01Z' } } },
      4,
      'kubectl tenantsync restart staff -n identity',
    ],
    ['with everything before it done', {}, 5, `patch synccfg staff --type=merge -p '{"spec":{"mode":"Apply"}}'`],
    ['without a job', { job: { type: 'None' } }, 5, 'patch synccfg'],
    ['with a job that is said to be paused', { job: { type: 'Unreadable', saidToBePaused: true } }, 5, 'patch synccfg'],
    [
      'in Apply, before its first cycle',
      { configuration: configuration('Apply', { observedGeneration: 1 }), parity: undefined },
      6,
      'kubectl tenantsync wait',
    ],
    [
      'in Apply, with a job that was started again',
      { configuration: configuration('Apply'), parity: undefined, job: { type: 'Found', job: { ...job, runs: true } } },
      3,
      '/pause',
    ],
    ['in Apply, after it', { configuration: configuration('Apply'), parity: undefined }, 0, ''],
  ])('%s', (_, facts, step, says) => {
    const [at, todo] = next(facts);
    expect(at).toBe(step);
    expect(todo).toContain(says);
  });

  test('says how many accounts were adopted and created', () => {
    const records = (['Adopted', 'Adopted', 'Created'] as const).map(
      (origin) => ({ status: { targetUser: { objectId: origin, origin } } }) as unknown as UserProjection,
    );
    const steps = handoverSteps({ ...ready, configuration: configuration('Apply'), records, parity: undefined });
    expect(steps.at(-1)?.found).toContain('2 accounts were adopted, 1 were created');
  });
});
