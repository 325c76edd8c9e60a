import { call, failureOf, graphHost, id, inParts, type Reply, world } from './support.ts';

const fabrikam = '1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22';
const job = (more: object = {}): object => ({
  id: 'Azure2Azure.a.1',
  templateId: 'Azure2Azure',
  schedule: { state: 'Active' },
  status: {
    code: 'Active',
    lastExecution: { timeEnded: '2026-01-05T09:00:00Z' },
    synchronizedEntryCountByType: [{ key: 'User to User', value: 12 }],
  },
  ...more,
});

interface Answers {
  readonly applications?: readonly object[];
  readonly jobs?: Reply;
  readonly secrets?: Reply;
}

/** A tenant whose applications of cross-tenant synchronization all answer the same. */
function tenant({ applications = [{ id: id(1), displayName: 'Sync' }], jobs, secrets }: Answers) {
  return world(
    inParts(({ path }) => {
      if (path.endsWith('/jobs')) return jobs ?? { body: { value: [job()] } };
      if (path.endsWith('/secrets')) return secrets ?? { body: { value: [{ key: 'CompanyId', value: fabrikam.toUpperCase() }] } };
      return { body: { value: applications } };
    }),
  );
}

const nothing = { jobs: [], unread: [] };
const refusal = (status: number, code: string): Reply => ({ status, body: { error: { code, message: '' } } });

describe('B6 jobs of Entra itself', () => {
  test('are found by the gallery application, in one request and two batches', async () => {
    const { source, seen } = tenant({});
    const found = {
      jobId: 'Azure2Azure.a.1',
      servicePrincipalId: id(1),
      targetTenantId: fabrikam,
      runs: true,
      people: 12,
      lastRanAt: '2026-01-05T09:00:00Z',
    };
    await expect(source.entraJobs(call())).resolves.toEqual({ jobs: [found], unread: [] });
    expect(seen.map(({ path }) => path)).toEqual([
      "/servicePrincipals?$filter=applicationTemplateId eq '518e5f48-1fc8-4c48-9387-9fdf28b0dfe7'&$select=id,displayName",
      '/$batch',
      '/$batch',
    ]);
  });

  test('are asked of twenty applications at a time, and without any of nobody', async () => {
    const many = Array.from({ length: 21 }, (_, index) => ({ id: id(index + 1), displayName: '' }));
    const { source, seen } = tenant({ applications: many });
    expect((await source.entraJobs(call())).jobs).toHaveLength(21);
    expect(seen).toHaveLength(5);
    const empty = tenant({ applications: [] });
    await expect(empty.source.entraJobs(call())).resolves.toEqual(nothing);
    expect(empty.seen).toHaveLength(1);
  });

  test.each<[string, object, boolean]>([
    ['is active', {}, true],
    ['is in quarantine', { status: { code: 'Quarantine' } }, true],
    ['is paused', { schedule: { state: 'Paused' }, status: { code: 'Paused' } }, false],
    ['is disabled', { schedule: { state: 'Disabled' }, status: { code: 'NotRun' } }, false],
    ['is paused, and its cycle has not ended', { schedule: { state: 'Paused' }, status: { code: 'Active' } }, true],
    ['says nothing of it', { schedule: null, status: null }, true],
    ['has a state that nobody knows', { schedule: { state: 'Resting' }, status: {} }, true],
  ])('one that %s', async (_, more, runs) => {
    const { source } = tenant({ jobs: { body: { value: [job(more)] } } });
    await expect(source.entraJobs(call())).resolves.toMatchObject({ jobs: [{ runs }] });
  });

  test('of other templates are none, and an id is as a terminal can show it', async () => {
    const odd = `Azure2Azure.a.\u001b[31m;$(x)${'9'.repeat(400)}`;
    const jobs = [
      job({ id: 'scim.a.1', templateId: 'scim' }),
      job({ id: odd, templateId: 'scim' }),
      job({ id: 7, templateId: 'azure2azure' }),
    ];
    const found = await tenant({ jobs: { body: { value: jobs } } }).source.entraJobs(call());
    expect(found.jobs.map(({ jobId }) => jobId)).toEqual([expect.stringMatching(/^Azure2Azure\.a\.[\w.?-]{242}$/), '']);
  });

  test.each<[string, Answers, string | undefined]>([
    ['may not be read', { secrets: refusal(403, 'Authorization_RequestDenied') }, undefined],
    ['has no target among them', { secrets: { body: { value: [{ key: 'SyncAll', value: 'true' }] } } }, undefined],
    [
      'may not be read, and the admin centre has named the application',
      { secrets: refusal(403, 'Authorization_RequestDenied'), applications: [{ id: id(1), displayName: `MTO_Sync_${fabrikam}` }] },
      fabrikam,
    ],
  ])('whose settings %s', async (_, answers, targetTenantId) => {
    const { jobs, unread } = await tenant(answers).source.entraJobs(call());
    expect([jobs[0]?.jobId, jobs[0]?.targetTenantId, unread]).toEqual(['Azure2Azure.a.1', targetTenantId, []]);
  });

  test('of an application that is gone are none', async () => {
    const gone = { error: { code: 'Request_ResourceNotFound', message: `Resource '${id(1)}' does not exist` } };
    await expect(tenant({ jobs: { status: 404, body: gone } }).source.entraJobs(call())).resolves.toEqual(nothing);
  });

  test.each<[string, Answers, boolean]>([
    ['its jobs', { jobs: refusal(503, 'UnknownError') }, false],
    ['its jobs, and may not', { jobs: refusal(403, 'Authorization_RequestDenied') }, false],
    ['a page that is none', { jobs: { body: {} } }, false],
    ['the settings, for a moment', { secrets: refusal(503, 'UnknownError') }, true],
  ])('leave an application unread that does not tell %s: that is no absence', async (_, answers, isListed) => {
    const { jobs, unread } = await tenant(answers).source.entraJobs(call());
    expect([jobs.length, unread]).toEqual([isListed ? 1 : 0, [id(1)]]);
  });

  test.each<[string, Answers]>([
    ['jobs', { jobs: refusal(429, 'TooManyRequests') }],
    ['settings', { secrets: refusal(429, 'TooManyRequests') }],
  ])('are not told of where one application asks to wait for its %s', async (_, answers) => {
    await expect(failureOf(tenant(answers).source.entraJobs(call()))).resolves.toMatchObject({ kind: 'Throttled' });
  });

  test('are told of one application although another does not answer', async () => {
    const applications = [
      { id: id(1), displayName: '' },
      { id: id(2), displayName: '' },
    ];
    const { source } = world(
      inParts(({ path }) => {
        if (path.endsWith('/jobs')) return path.includes(id(2)) ? refusal(503, 'UnknownError') : { body: { value: [job()] } };
        if (path.endsWith('/secrets')) return { body: { value: [{ key: 'CompanyId', value: fabrikam }] } };
        return { body: { value: applications } };
      }),
    );
    await expect(source.entraJobs(call())).resolves.toMatchObject({ jobs: [{ targetTenantId: fabrikam, runs: true }], unread: [id(2)] });
  });

  test('are not known where the applications cannot be listed', async () => {
    const nameless = tenant({ applications: [{ displayName: 'x' }] });
    await expect(failureOf(nameless.source.entraJobs(call()))).resolves.toMatchObject({ kind: 'Unavailable' });
  });
});

describe('G7 what Entra wrote last', () => {
  const line = (more: object = {}): object => ({
    activityDateTime: '2026-01-05T10:00:00Z',
    provisioningAction: 'update',
    sourceIdentity: { id: id(4) },
    targetIdentity: { id: id(5).toUpperCase() },
    provisioningStatusInfo: { status: 'success' },
    modifiedProperties: [{ displayName: 'department', oldValue: null, newValue: '"Sales"' }],
    ...more,
  });
  const written = (...lines: readonly object[]) => world(() => ({ body: { value: lines } })).source.entraWrites('Azure2Azure.a.1', call());

  test('is the newest write that succeeded, of each account', async () => {
    const found = await written(
      line(),
      line({ activityDateTime: '2026-01-05T09:00:00Z', modifiedProperties: [] }),
      line({ activityDateTime: '2026-01-05T11:00:00Z', provisioningStatusInfo: { status: 'failure' } }),
      line({ activityDateTime: '2026-01-05T12:00:00Z', provisioningAction: 'other' }),
      line({ activityDateTime: 'yesterday' }),
      line({ targetIdentity: null }),
      line({ provisioningStatusInfo: null }),
    );
    expect(found).toEqual(
      new Map([[id(5), { at: '2026-01-05T10:00:00Z', action: 'update', sourceObjectId: id(4), values: { department: 'Sales' } }]]),
    );
  });

  test('is read page by page, and no more than so many of them', async () => {
    let pages = 0;
    const { source, seen } = world(() => ({
      body: { value: [line({ targetIdentity: { id: id((pages += 1)) } })], '@odata.nextLink': `${graphHost}/v1.0/next?page=${pages}` },
    }));
    expect((await source.entraWrites('Azure2Azure.a.1', call())).size).toBe(50);
    expect(seen[0]?.path).toBe("/auditLogs/provisioning?$filter=jobId eq 'Azure2Azure.a.1'&$top=999");
  });

  test('is what the log has told until it asks to wait', async () => {
    let pages = 0;
    const { source } = world(() => {
      pages += 1;
      if (pages > 2) return { status: 429, headers: { 'retry-after': '30' } };
      return { body: { value: [line({ targetIdentity: { id: id(pages) } })], '@odata.nextLink': `${graphHost}/v1.0/next?page=${pages}` } };
    });
    expect([...(await source.entraWrites('Azure2Azure.a.1', call())).keys()]).toEqual([id(1), id(2)]);
  });
});
