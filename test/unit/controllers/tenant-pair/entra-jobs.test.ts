import type { EntraJob } from '../../../../src/core/preflight/entra-jobs.ts';
import { refusal } from '../../../support/fake-target.ts';
import { sourcePermissions } from '../../../support/permissions.ts';
import { recordWith, targetTenantId } from '../../core/support.ts';
import { Tenants } from './tenants.ts';

const mayRead = [...sourcePermissions, 'Synchronization.Read.All', 'Application.Read.All'];
const job: EntraJob = { jobId: 'Azure2Azure.a.1', servicePrincipalId: 'sp', targetTenantId: targetTenantId.toLowerCase(), runs: true };

/** Tenants of whose source the application may read jobs, and which has these; a pair with a person. */
function withJobs(...jobs: readonly EntraJob[]): Tenants {
  const tenants = new Tenants({ records: [recordWith({ metadata: { generation: 2 } })] });
  tenants.sourceAnswers = { grantedPermissions: () => Promise.resolve(mayRead), entraJobs: () => Promise.resolve({ jobs, unread: [] }) };
  return tenants;
}

/** The source answers otherwise from now on. */
async function again(tenants: Tenants, answers: Tenants['sourceAnswers']): Promise<void> {
  Object.assign(tenants.session?.source ?? {}, answers);
  await tenants.check();
}

const state = ({ pair }: Tenants): string | undefined => pair.status.access?.entraJob?.state;

describe('B6 a check of a pair on which Entra works', () => {
  it('leaves the pair ready, says which job it is, and keeps Apply from writing', async () => {
    const tenants = withJobs(job);
    await tenants.check();
    expect([tenants.condition('Ready'), tenants.condition('EntraJobActive')]).toEqual(['True Succeeded', 'True EntraJobActive']);
    expect(tenants.pair.status.access?.entraJob).toEqual({ state: 'Active', jobId: job.jobId, servicePrincipalId: 'sp' });
    expect(tenants.session?.entraJob).toBe(job.jobId);
  });

  it('has the work looked at when the job is paused, and only then', async () => {
    const tenants = withJobs(job);
    await tenants.check();
    tenants.site.enqueued.length = 0;
    await tenants.check();
    expect(tenants.site.enqueued).toEqual([]);
    await again(tenants, { entraJobs: () => Promise.resolve({ jobs: [{ ...job, runs: false }], unread: [] }) });
    expect(tenants.site.enqueued).toContain('configuration identity/staff');
    expect([state(tenants), tenants.session?.entraJob, tenants.condition('EntraJobActive')]).toEqual(['None', undefined, undefined]);
  });

  it.each<[string, Tenants['sourceAnswers']]>([
    ['does not answer', { entraJobs: () => Promise.reject(refusal('Unavailable', { reason: 'GraphUnavailable' })) }],
    ['may not be read any more', { grantedPermissions: () => Promise.resolve(sourcePermissions) }],
    ['does not answer for its application', { entraJobs: () => Promise.resolve({ jobs: [], unread: ['sp'] }) }],
    ['refuses', { entraJobs: () => Promise.reject(refusal('Forbidden', { reason: 'GraphForbidden' })) }],
  ])('takes a job that ran to run on while the source %s', async (_, answers) => {
    const tenants = withJobs(job);
    await tenants.check();
    await again(tenants, answers);
    expect([state(tenants), tenants.session?.entraJob, tenants.condition('Ready')]).toEqual(['Active', job.jobId, 'True Succeeded']);
    const fresh = withJobs();
    await fresh.check();
    await again(fresh, answers);
    expect([state(fresh), fresh.session?.entraJob]).toEqual(['Unknown', undefined]);
  });

  it('is made again where the source asks to wait: before the jobs are known nothing is concluded', async () => {
    const throttled = { entraJobs: () => Promise.reject(refusal('Throttled', { reason: 'Throttled' })) };
    const fresh = withJobs(job);
    const { entraJobs } = fresh.sourceAnswers;
    fresh.sourceAnswers = { ...fresh.sourceAnswers, ...throttled };
    await fresh.check();
    expect([state(fresh), fresh.session?.verdict.ready, fresh.condition('Ready')]).toEqual([undefined, undefined, 'Unknown Progressing']);
    fresh.sourceAnswers = { ...fresh.sourceAnswers, ...(entraJobs === undefined ? {} : { entraJobs }) };
    await fresh.check();
    expect([state(fresh), fresh.session?.entraJob]).toEqual(['Active', job.jobId]);
    await again(fresh, throttled);
    expect([state(fresh), fresh.session?.entraJob, fresh.condition('Ready')]).toEqual(['Active', job.jobId, 'True Succeeded']);
  });

  it('looks for a permission that was granted since, where nothing else can end the refusal', async () => {
    const tenants = withJobs(job);
    await tenants.check();
    const grantedPermissions = ({ fresh }: { readonly fresh?: boolean }) => Promise.resolve(fresh === true ? mayRead : sourcePermissions);
    await again(tenants, { grantedPermissions, entraJobs: () => Promise.resolve({ jobs: [], unread: [] }) });
    expect(state(tenants)).toBe('None');
  });

  it('asks for no job without the permission', async () => {
    const tenants = new Tenants();
    await tenants.check();
    expect([state(tenants), tenants.condition('Ready')]).toEqual(['Unknown', 'True Succeeded']);
  });

  it('does not hide errors of the program itself', async () => {
    const tenants = withJobs();
    tenants.sourceAnswers = { ...tenants.sourceAnswers, entraJobs: () => Promise.reject(new TypeError('x is undefined')) };
    await expect(tenants.check()).rejects.toThrow('x is undefined');
  });
});
