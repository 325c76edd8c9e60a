import {
  activeEntraJob,
  entraJobAfter,
  entraJobConditions,
  entraJobWarnings,
  type EntraJob,
  type EntraJobFacts,
  type EntraJobRecord,
} from '../../../../src/core/preflight/entra-jobs.ts';

const fabrikam = '1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22';
const job = (more: Partial<EntraJob> = {}): EntraJob => ({
  jobId: 'Azure2Azure.a.1',
  servicePrincipalId: 'sp',
  targetTenantId: fabrikam,
  runs: true,
  ...more,
});
const read = (...jobs: readonly EntraJob[]): EntraJobFacts => ({ type: 'Read', jobs, unread: [] });
const without = (application: string, ...jobs: readonly EntraJob[]): EntraJobFacts => ({ type: 'Read', jobs, unread: [application] });
const active: EntraJobRecord = { state: 'Active', jobId: 'Azure2Azure.a.1', servicePrincipalId: 'sp' };
const none: EntraJobRecord = { state: 'None' };
const unread: EntraJobFacts = { type: 'NotReadable' };

describe('B6 whether Entra works on a pair', () => {
  test.each<readonly [string, EntraJobFacts, EntraJobRecord | undefined, EntraJobRecord['state'], number]>([
    ['there are no jobs', read(), undefined, 'None', 0],
    ['a job runs for it', read(job()), undefined, 'Active', 0],
    ['a job for it is paused', read(job({ runs: false })), undefined, 'None', 0],
    ['a job that ran is paused', read(job({ runs: false })), active, 'None', 0],
    ['a job that ran is gone', read(), active, 'None', 0],
    ['a job that ran is for another target now', read(job({ targetTenantId: 'other' })), active, 'None', 0],
    ['a job runs for another target', read(job({ targetTenantId: 'other' })), none, 'None', 0],
    ['a job runs whose target is not known', read(job({ targetTenantId: undefined })), none, 'None', 1],
    ['a job that ran runs on, and its target is not known any more', read(job({ targetTenantId: undefined })), active, 'Active', 0],
    [
      'another job than the one that ran has a target that is not known',
      read(job({ jobId: 'x', targetTenantId: undefined })),
      active,
      'None',
      1,
    ],
    ['of two jobs one is for it', read(job({ jobId: 'Azure2Azure.a.0', targetTenantId: 'other' }), job()), undefined, 'Active', 0],
    ['a job runs for it, and another application has not answered', without('other', job()), none, 'Active', 0],
    ['its application has not answered, and the job ran before', without('sp'), active, 'Active', 0],
    ['its application has not answered, and no job ran before', without('sp'), none, 'Unknown', 0],
    ['the job that ran is paused, and another application has not answered', without('other', job({ runs: false })), active, 'Unknown', 0],
    ['its application has told of the job and not of its target', without('sp', job({ targetTenantId: undefined })), none, 'Unknown', 1],
    ['nothing may be read, and nothing ever could', unread, undefined, 'Unknown', 0],
    ['nothing may be read, and no job ran', unread, none, 'Unknown', 0],
    ['nothing may be read, and a job ran before', unread, active, 'Active', 0],
  ])('%s', (_, found, recorded, state, warned) => {
    const input = { found, recorded, targetTenantId: fabrikam.toUpperCase() };
    const record = entraJobAfter(input);
    expect(record.state).toBe(state);
    expect(entraJobWarnings(input, record)).toHaveLength(warned);
    expect(entraJobConditions(record)).toHaveLength(state === 'Active' ? 1 : 0);
    expect(activeEntraJob(record)).toBe(state === 'Active' ? 'Azure2Azure.a.1' : undefined);
  });
});
