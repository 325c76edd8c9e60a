import { annotations } from '../../src/api/kinds.ts';
import { reasons } from '../../src/api/reasons.ts';
import type { LogFields, Logger } from '../../src/ports/logger.ts';
import { condition, eventReasons, events, guests, hire, replicated } from '../support/scene.ts';
import { unfriendly, World } from '../support/world.ts';

const minute = 60_000;

/** Keeps every line at info and above. */
function collecting(lines: string[], base: LogFields = {}): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push(JSON.stringify({ level, message, ...base, ...fields }));
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: () => undefined,
    child: (fields) => collecting(lines, { ...base, ...fields }),
  };
}

/** Value of a metric, by its line in the exposition format. */
async function metric(world: World, line: string): Promise<number | undefined> {
  const { body } = await world.metrics.expose();
  const found = body.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

describe('F. What the cluster admin sees', () => {
  let world: World;
  afterEach(() => world.end());

  describe('F1 conditions that follow kstatus', () => {
    it('F1 a new resource is not taken for a ready one, and becomes Current when its first cycle has ended', async () => {
      world = new World({ settings: unfriendly });
      hire(world, 30);
      await replicated(world);
      world.applyPair();
      world.applyConfiguration();
      expect(world.pair().status.observedGeneration).toBe(-1);
      expect(world.configuration().status.observedGeneration).toBe(-1);
      await world.startOperator();
      await world.until('it is ready', () => condition(world.configuration())?.status === 'True');
      expect(world.configuration().status.observedGeneration).toBe(world.configuration().metadata.generation);
      expect(world.configuration().status.conditions?.map(({ type }) => type)).toEqual(['Ready']);
      expect(world.pair().status.conditions?.map(({ type }) => type)).toEqual([
        'Ready',
        'SourceConnected',
        'TargetConnected',
        'PermissionsGranted',
        'UserSyncAllowed',
        'AutomaticRedemption',
      ]);
      await world.until('all users', () => world.configuration().status.users?.synced === 30);
      for (const { metadata, status } of world.projections()) {
        expect(status).toMatchObject({ observedGeneration: metadata.generation, state: 'Provisioned' });
        expect(status.conditions?.map(({ type, status: value }) => `${type}=${value}`)).toEqual(['Ready=True']);
      }
    });

    it('F1 a change of the spec is not taken for observed before its cycle has ended, and failed users keep nobody from Ready', async () => {
      world = new World({ settings: { ...unfriendly, latency: { min: 500, max: 900 } } });
      hire(world, 12);
      world.spoke.createUser({ userPrincipalName: 'own@fabrikam.com', properties: { displayName: 'Own', mail: 'person0@contoso.com' } });
      await replicated(world);
      await world.begin();
      world.applyConfiguration({ attributeMappings: [{ target: 'companyName', constant: 'Contoso' }] });
      const { generation } = world.configuration().metadata;
      const observed: unknown[] = [];
      await world.until('the cycle of the change', () => {
        const { status } = world.configuration();
        const state = `${status.observedGeneration}/${condition(world.configuration())?.status}/${condition(world.configuration(), 'Reconciling')?.status}`;
        if (observed.at(-1) !== state) observed.push(state);
        return status.observedGeneration === generation;
      });
      expect(observed.at(-1)).toBe(`${generation}/True/undefined`);
      expect(observed.slice(0, -1).every((state) => String(state).startsWith('1/'))).toBe(true);
      expect(world.configuration().status.users?.conflict).toBe(1);
    });

    it('F1 lastTransitionTime moves only when the status flips', async () => {
      world = new World({ settings: unfriendly });
      await world.begin();
      const since = condition(world.configuration())?.lastTransitionTime;
      await world.nextCycle();
      world.applyConfiguration({ interval: '6m' });
      await world.run(10 * minute);
      expect(condition(world.configuration())?.lastTransitionTime).toBe(since);
      world.spoke.policies.setUserSync(world.hub.tenantId, false);
      await world.until('it is not ready', () => condition(world.configuration())?.status === 'False');
      expect(condition(world.configuration())?.lastTransitionTime).not.toBe(since);
    });

    it('F1 counts users by where they stand', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 14);
      world.spoke.createExternalUser({ address: 'person1@contoso.com', accepted: false });
      world.spoke.createUser({ userPrincipalName: 'own@fabrikam.com', properties: { displayName: 'Own', mail: 'person2@contoso.com' } });
      world.hub.updateUser(people[3]?.id ?? '', { accountEnabled: false });
      await replicated(world);
      await world.begin();
      await world.until('all are handled', () => guests(world).length === 12);
      world.hub.softDelete(people[4]?.id ?? '');
      await world.until('one is deleted', () => world.configuration().status.users?.softDeleted === 1, 20 * minute);
      await world.run(minute);
      expect(world.configuration().status.users).toEqual({
        inScope: 13,
        synced: 11,
        pending: 0,
        failed: 0,
        conflict: 1,
        skipped: 1,
        staged: 0,
        leaving: 0,
        blocked: 0,
        adopted: 1,
        retained: 0,
        softDeleted: 1,
        pendingAcceptance: 1,
      });
    });

    it.each([
      {
        what: 'an attribute that cannot be synchronized',
        spec: { attributeMappings: [{ target: 'otherMails', source: 'mail' }] },
        reason: 'InvalidMapping',
        says: 'otherMails',
      },
      {
        what: 'the anchor as the target of a mapping',
        spec: {
          matching: { anchor: { attribute: 'extensionAttribute1' } },
          attributeMappings: [{ target: 'extensionAttribute1', source: 'city' }],
        },
        reason: 'InvalidMapping',
        says: 'spec.attributeMappings[target=extensionAttribute1]: this attribute is spec.matching.anchor; map to another one.',
      },
      {
        what: 'a filter on a reference',
        spec: { scope: { type: 'All', filters: [{ name: 'one', clauses: [{ attribute: 'manager', operator: 'IsNotNull' }] }] } },
        reason: 'InvalidFilter',
        says: 'spec.scope.filters[name=one].clauses[0].attribute: manager cannot be used in a scoping filter: references cannot be compared',
      },
      {
        what: 'a comparison of text as numbers',
        spec: {
          scope: { type: 'All', filters: [{ name: 'one', clauses: [{ attribute: 'employeeId', operator: 'GreaterThan', value: 'ten' }] }] },
        },
        reason: 'InvalidFilter',
        says: 'spec.scope.filters[name=one].clauses[0].value: GreaterThan: whole numbers are compared; write digits only',
      },
      {
        what: 'an address expression that is wrong',
        spec: { invitation: { addressExpression: 'ToLowr([mail])' } },
        reason: 'InvalidExpression',
        says: 'spec.invitation.addressExpression: column 1: there is no function ToLowr; did you mean ToLower?',
      },
    ])('F1 $what stalls with a message, stops the writes, and goes on when it is corrected', async ({ spec, reason, says }) => {
      world = new World({ settings: unfriendly });
      hire(world, 2);
      await replicated(world);
      world.applyPair();
      world.applyConfiguration(spec);
      await world.startOperator();
      await world.until('it stalls', () => condition(world.configuration(), 'Stalled')?.status === 'True', minute);
      expect(condition(world.configuration())).toMatchObject({ status: 'False', reason });
      expect(condition(world.configuration())?.message).toContain(says);
      expect(world.configuration().status.observedGeneration).toBe(world.configuration().metadata.generation);
      expect(eventReasons(world, 'SyncConfiguration', 'staff')).toEqual([reason]);
      await world.run(6 * minute);
      expect(guests(world)).toEqual([]);
      world.applyConfiguration();
      await world.until('it is ready', () => condition(world.configuration())?.status === 'True', minute);
      expect(condition(world.configuration(), 'Stalled')).toBeUndefined();
    });

    it('F1 a plan ends with what is planned, and an empty scope says that nobody is in it, as a warning and in Ready', async () => {
      world = new World();
      hire(world, 3);
      await replicated(world);
      await world.begin({ mode: 'Plan' });
      await world.until('there is a plan', () => condition(world.configuration())?.status === 'True');
      const planned = 'Plan: nothing is written; planned: 3 creation(s).';
      expect(condition(world.configuration())?.message).toBe(planned);
      expect(JSON.stringify(world.kube.list('Event'))).toContain(`Initial cycle. ${planned}`);
      const reasons = (): readonly string[] => (world.configuration().status.warnings ?? []).map(({ reason }) => reason);
      expect(reasons()).toEqual(['AnchorMissing']);
      world.applyConfiguration({ mode: 'Plan', scope: { type: 'Assigned' } });
      await world.until('nobody is in scope', () => reasons().includes('NobodyInScope'));
      await world.until('it is planned', () => condition(world.configuration())?.status === 'True');
      expect(condition(world.configuration())?.message).toMatch(/^Plan: .* Nobody is in scope: spec.scope.type is Assigned/);
    });

    it('F1 a configuration without its pair says so, and begins when the pair comes', async () => {
      world = new World({ settings: unfriendly });
      world.applyConfiguration();
      await world.startOperator();
      await world.until('it says so', () => condition(world.configuration())?.reason === 'TenantPairNotFound');
      expect(condition(world.configuration())?.message).toBe('TenantPair hub-to-spoke does not exist in this namespace. Create it.');
      world.applyPair();
      await world.until('it is ready', () => condition(world.configuration())?.status === 'True', minute);
    });
  });

  describe('F2 provisioning events', () => {
    it('F2 each change is in the history of its projection and a line of the log, in the vocabulary of the provisioning log', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 12);
      await replicated(world);
      await world.begin();
      await world.until('everybody', () => guests(world).length === 12);
      world.hub.updateUser(people[0]?.id ?? '', { jobTitle: 'Engineer' });
      world.hub.softDelete(people[1]?.id ?? '');
      await world.until('the deletion', () => world.projection(people[1]?.id ?? '')?.status.state === 'SoftDeleted');
      await world.until('the update', () => (world.projection(people[0]?.id ?? '')?.status.history?.length ?? 0) === 2);
      expect(world.projection(people[0]?.id ?? '')?.status.history).toMatchObject([
        {
          action: 'update',
          status: 'success',
          modifiedAttributes: expect.arrayContaining(['jobTitle']) as string[],
          reason: 'UserUpdated',
        },
        { action: 'create', status: 'success', reason: 'UserCreated' },
      ]);
      expect(world.projection(people[1]?.id ?? '')?.status.history?.[0]).toMatchObject({
        action: 'delete',
        status: 'success',
        reason: 'UserDeleted',
      });
      const lines = world.provisioningLog.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines).toHaveLength(14);
      expect(lines.map((line) => line.provisioningAction).sort()).toEqual(
        [...Array.from({ length: 12 }, () => 'create'), 'delete', 'update'].sort(),
      );
    });

    it('F2 a line says why somebody is skipped or fails, the cycle it comes from also between cycles, and how each step ended', async () => {
      world = new World();
      const [, blocked, contested] = hire(world, 3);
      world.hub.updateUser(blocked?.id ?? '', { accountEnabled: false });
      const own = world.spoke.createUser({
        userPrincipalName: 'own@fabrikam.com',
        properties: { displayName: 'Own', mail: 'person2@contoso.com' },
      });
      await replicated(world);
      await world.begin();
      await world.until('the first cycle has ended', () => world.configuration().status.lastCycle !== undefined);
      const { length } = world.provisioningLog;
      // Its retry comes between two cycles.
      const record = world.projection(contested?.id ?? '');
      world.annotate('UserProjection', record?.metadata.name ?? '', { 'tenantsync.dev/requested-at': 'now' });
      world.spoke.updateUser(own.id, { mail: null });
      await replicated(world);
      await world.until('it is tried again', () => world.provisioningLog.length > length);
      interface Line {
        readonly cycleId: string | null;
        readonly provisioningStatusInfo: { readonly status: string; readonly errorInformation: { readonly reason: string } | null };
        readonly provisioningSteps: readonly { readonly name: string; readonly status: string }[];
      }
      const lines = world.provisioningLog.map((line) => JSON.parse(line) as Line);
      expect(lines.filter(({ cycleId }) => cycleId === null)).toEqual([]);
      const why = lines.map(({ provisioningStatusInfo: { status, errorInformation } }) => `${status} ${errorInformation?.reason ?? ''}`);
      expect(why).toEqual(expect.arrayContaining(['success ', 'skipped SourceDisabled']));
      expect(why.filter((each) => /^(failure|skipped|warning) $/.test(each))).toEqual([]);
      const failed = lines.find(({ provisioningStatusInfo: { status } }) => status === 'failure');
      expect(failed?.provisioningSteps.map(({ name, status }) => `${name} ${status}`)).toEqual(
        expect.arrayContaining(['EntryImport success', expect.stringMatching(/ failure$/)]),
      );
    });

    it('F2 keeps ten entries at most', async () => {
      world = new World({ settings: unfriendly });
      const [ana] = hire(world, 1);
      await replicated(world);
      await world.begin({ interval: '1m' });
      for (let count = 1; count <= 13; count += 1) {
        world.hub.updateUser(ana?.id ?? '', { jobTitle: `Title ${count}` });
        await world.until(`title ${count}`, () => world.account(ana?.id ?? '')?.properties.jobTitle === `Title ${count}`);
      }
      expect(world.projection(ana?.id ?? '')?.status.history).toHaveLength(10);
      expect(world.configuration().status.history?.length).toBeLessThanOrEqual(10);
    });

    it('I8 an event at each change of reason, and none while it stays the same', async () => {
      world = new World({ settings: unfriendly });
      hire(world, 2);
      await replicated(world);
      await world.begin();
      world.entra.faults.add({ effect: 'status', status: 403, times: 1_000_000, match: { operation: 'GET /users/delta' } });
      await world.run(40 * minute);
      world.entra.faults.clear();
      await world.until('it is ready', () => condition(world.configuration())?.status === 'True');
      const told = eventReasons(world, 'SyncConfiguration', 'staff').filter((reason) => reason !== 'CycleCompleted');
      // The second success is counted on the event of the first.
      expect(told).toEqual(['Succeeded', 'SourceReadFailed']);
      for (const { reason } of events(world)) expect(reasons).toContain(reason);
    });
  });

  describe('F3 metrics', () => {
    it('F3 after a cycle they say what happened', async () => {
      world = new World({ settings: unfriendly });
      const people = hire(world, 12);
      world.spoke.createUser({ userPrincipalName: 'own@fabrikam.com', properties: { displayName: 'Own', mail: 'person0@contoso.com' } });
      await replicated(world);
      await world.begin();
      await world.until('all are handled', () => guests(world).length === 11);
      await world.run(2 * minute);
      const of = 'namespace="identity",configuration="staff"';
      expect(await metric(world, `tenantsync_cycles_total{${of},kind="Initial",result="EntryLevelErrors"}`)).toBe(1);
      expect(await metric(world, `tenantsync_cycle_duration_seconds_count{${of},kind="Initial"}`)).toBe(1);
      expect(await metric(world, `tenantsync_operations_total{${of},action="create",status="success"}`)).toBe(11);
      expect(await metric(world, `tenantsync_operation_failures_total{${of},action="other",code="InternalUserExists"}`)).toBeGreaterThan(0);
      expect(await metric(world, `tenantsync_users{${of},state="Provisioned"}`)).toBe(11);
      expect(await metric(world, `tenantsync_users{${of},state="Conflict"}`)).toBe(1);
      expect(await metric(world, `tenantsync_propagation_seconds_count{${of},action="create"}`)).toBeGreaterThan(0);
      expect(await metric(world, `tenantsync_last_successful_cycle_timestamp_seconds{${of}}`)).toBe(
        Date.parse(world.configuration().status.lastCycle?.completedAt ?? '') / 1000,
      );
      expect(await metric(world, `tenantsync_suspended{${of}}`)).toBe(0);
      const ready = 'kind="SyncConfiguration",namespace="identity",name="staff",type="Ready"';
      expect(await metric(world, `tenantsync_resource_condition{${ready},status="True"}`)).toBe(1);
      expect(
        await metric(world, 'tenantsync_graph_requests_total{side="target",operation="invitations.create",code="201"}'),
      ).toBeGreaterThanOrEqual(11);
      for (const user of people.slice(1, 6)) world.hub.softDelete(user.id);
      await replicated(world);
      await world.sync();
      expect(await metric(world, `tenantsync_staged_deletions{${of}}`)).toBe(5);
      world.entra.faults.add({ effect: 'status', status: 403, times: 1000, match: { operation: 'GET /users/delta' } });
      world.annotate('SyncConfiguration', 'staff', { [annotations.requestedAt]: 'fail' });
      await world.until('it failed', () => world.configuration().status.lastCycle?.result === 'Failed');
      expect(await metric(world, `tenantsync_cycles_total{${of},kind="Incremental",result="Failed"}`)).toBe(1);
      expect(await metric(world, `tenantsync_last_successful_cycle_timestamp_seconds{${of}}`)).toBeGreaterThan(0);
      world.applyConfiguration({ suspend: true });
      await world.run(1000);
      expect(await metric(world, `tenantsync_suspended{${of}}`)).toBe(1);
    });
  });

  it('F3 each change of Ready of a pair or configuration is one line of the log, with the reason and the message', async () => {
    const lines: string[] = [];
    world = new World({ settings: unfriendly, logger: collecting(lines) });
    await world.begin();
    await world.run(10 * minute);
    world.spoke.policies.setUserSync(world.hub.tenantId, false);
    await world.until('it is said', () => condition(world.pair())?.status === 'False', 20 * minute);
    await world.run(30 * minute);
    const told = lines.filter((line) => line.includes('Ready has changed'));
    const of = (kind: string, reason: string): readonly string[] =>
      told.filter((line) => line.includes(`"kind":"${kind}"`) && line.includes(reason));
    const { reason = '', message } = condition(world.pair()) ?? {};
    expect(of('TenantPair', reason)).toHaveLength(1);
    expect(of('TenantPair', reason)[0]).toContain(message);
    expect(of('SyncConfiguration', 'Succeeded')).toHaveLength(1);
    expect(of('UserProjection', '')).toEqual([]);
  });

  it('rule 10: names and addresses of the directory are in no log line, event, metric, label or condition', async () => {
    const lines: string[] = [];
    world = new World({ settings: unfriendly, logger: collecting(lines) });
    const canary = 'Kanari';
    const people = Array.from({ length: 12 }, (_, index) =>
      world.hub.createUser({
        userPrincipalName: `kanari.upn${index}@contoso.com`,
        properties: {
          displayName: `${canary} Display ${index}`,
          givenName: `${canary}Given`,
          surname: `${canary}Surname`,
          mail: `kanari.mail${index}@contoso.com`,
          jobTitle: `${canary} Title`,
          mobilePhone: '+49 170 5550100',
          streetAddress: `${canary} Street`,
        },
      }),
    );
    const id = (index: number): string => people[index]?.id ?? '';
    const group = world.hub.createGroup({ displayName: `${canary} Group`, members: people.map((user) => user.id) });
    world.hub.createGroup({ displayName: `${canary} Twin` });
    world.hub.createGroup({ displayName: `${canary} Twin` });
    world.hub.setManager(id(1), id(2));
    world.spoke.createUser({
      userPrincipalName: 'kanari.own@fabrikam.com',
      properties: { displayName: `${canary} Own`, mail: 'kanari.upn3@contoso.com' },
    });
    world.spoke.createExternalUser({ address: 'kanari.upn4@contoso.com', displayName: `${canary} Guest` });
    for (const effect of ['dropAfter', 'dropBefore', 'truncate'] as const)
      world.entra.faults.add({ effect, probability: 0.03, match: { path: /users|invitations/ } });
    world.entra.faults.add({
      effect: 'status',
      status: 400,
      code: 'Request_BadRequest',
      message: `Another object with the same value for property userPrincipalName kanari.upn5@contoso.com (${canary}) exists.`,
      probability: 0.05,
      match: { write: true },
    });
    await replicated(world);
    await world.begin({
      scope: { type: 'Assigned', groups: [{ id: group.id }], users: [{ userPrincipalName: 'kanari.upn0@contoso.com' }] },
    });
    await world.run(20 * minute);
    world.hub.updateUser(id(5), { displayName: `${canary} Renamed`, userPrincipalName: 'kanari.new@contoso.com' });
    for (const user of people.slice(6, 11)) world.hub.softDelete(user.id);
    await world.until('they are staged', () => world.configuration().status.stagedDeletions !== undefined);
    world.annotate('SyncConfiguration', 'staff', {
      [annotations.approveDeletions]: world.configuration().status.stagedDeletions?.token ?? '',
    });
    await world.run(20 * minute);
    world.applyConfiguration({ scope: { type: 'Assigned', groups: [{ displayName: `${canary} Twin` }] } });
    await world.run(10 * minute);
    world.applyConfiguration({ scope: { type: 'Assigned', users: [{ userPrincipalName: 'kanari.nobody@contoso.com' }] } });
    await world.run(10 * minute);
    await world.stopOperator();
    const { body } = await world.metrics.expose();
    const seen: Readonly<Record<string, readonly string[]>> = {
      logs: lines,
      events: world.kube.list('Event').map((event) => JSON.stringify(event)),
      metrics: body.split('\n'),
      provisioningLog: world.provisioningLog,
      conditions: [...world.projections(), world.configuration(), world.pair()].map(({ metadata, status }) =>
        JSON.stringify([metadata.labels, metadata.name, status.conditions, (status as { warnings?: unknown }).warnings]),
      ),
      histories: world.projections().map(({ status }) => JSON.stringify([status.history, status.lastError, status.refusedAttributes])),
    };
    for (const [where, all] of Object.entries(seen)) {
      expect({ where, any: all.length > 0 }).toEqual({ where, any: true });
      expect({ where, leaks: all.filter((line) => /kanari|5550100|hub-secret|spoke-secret/i.test(line)) }).toEqual({ where, leaks: [] });
    }
  });
});
