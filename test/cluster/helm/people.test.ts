import { until } from '../../support/until.ts';
import { apply, chart, clear, fileOf, helm, kubectl, restrictedNamespace, tryKubectl, type Outcome } from './support/site.ts';

const minute = 60_000;
const system = 'helm-system';
const identity = 'identity';
const operator = `system:serviceaccount:${system}:tenantsync`;
const backup = 'system:serviceaccount:velero:velero';

const role = (name: string): string => `${system}.tenantsync-${name}`;

/** Who has which ClusterRole in the namespace. */
const people = {
  viewer: ['view'],
  editor: ['edit'],
  administrator: ['admin'],
  helpdesk: ['view', role('userprojections-view')],
  oncall: ['edit', role('userprojections-edit')],
  approver: [role('approver')],
  both: ['edit', role('approver')],
} as const;

const bindings = Object.entries(people).flatMap(([user, roles]) =>
  roles.map((name, index) => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: `${user}-${index}`, namespace: identity },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  })),
);

/** Something that may be allowed; `what` is `resource.group/name#subresource`, all but the first of which may be missing. */
interface Question {
  readonly verb: string;
  readonly what: string;
  readonly namespace?: string;
}

/** Whether a user may do each of these. As `kubectl auth can-i` asks, but all at once. */
async function answers(user: string, questions: readonly Question[]): Promise<readonly boolean[]> {
  const items = questions.map(({ verb, what, namespace = identity }) => {
    const [, resource, group, name, subresource] = /^([^./#]+)(?:\.([^/#]+))?(?:\/([^#]+))?(?:#(.+))?$/.exec(what) ?? [];
    if (resource === undefined) throw new Error(`${what} names no resource`);
    const resourceAttributes = { verb, namespace, resource, group, name, subresource };
    return { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } };
  });
  const file = fileOf({ apiVersion: 'v1', kind: 'List', items });
  const words = await kubectl('create', '-f', file, '--as', user, '-o', 'jsonpath={.status.allowed}{"\\n"}');
  const given = words.trim().split('\n');
  if (given.length !== questions.length) throw new Error(`${given.length} answers to ${questions.length} questions: ${words}`);
  return given.map((word) => word === 'true');
}

const can = async (user: string, verb: string, what: string, namespace = identity): Promise<boolean> =>
  (await answers(user, [{ verb, what, namespace }]))[0] === true;

/** Whoever administers the cluster may do everything but what the policy says. */
const groups = (user: string): readonly string[] => (user === 'admin' ? ['--as-group', 'system:masters'] : []);

const as = (user: string, ...args: readonly string[]): Promise<Outcome> =>
  tryKubectl(...args, '-n', identity, '--as', user, ...groups(user));

const record = {
  apiVersion: 'tenantsync.dev/v1alpha1',
  kind: 'UserProjection',
  metadata: { name: 'staff-5b1f', namespace: identity, finalizers: ['tenantsync.dev/target-user'] },
  spec: {
    syncConfigurationRef: { name: 'staff' },
    source: {
      tenantId: '8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11',
      objectId: '5b1f0000-0000-4000-8000-000000000001',
      userPrincipalName: 'ana@contoso.com',
    },
    target: { tenantId: '1d9b7a52-7c1e-4a57-8f6e-6f3f1f0b2b22' },
    mode: 'Apply',
    lifecycle: 'Present',
    revision: 'r1',
  },
};

const patch = (user: string, content: object, ...args: readonly string[]): Promise<Outcome> =>
  as(user, 'patch', 'userprojection', 'staff-5b1f', '--type', 'merge', '-p', JSON.stringify(content), ...args);

beforeAll(async () => {
  await clear(system, identity);
  for (const name of [system, identity]) await restrictedNamespace(name);
  const exempt = `admissionPolicy.exemptUsers={${backup}},admissionPolicy.exemptGroups={break-glass}`;
  await helm('install', 'tenantsync', chart, '-n', system, '--wait', '--timeout', '60s', '--set', exempt);
  await apply({ apiVersion: 'v1', kind: 'List', items: bindings });
  await until('the aggregation of the roles', () => can('viewer', 'get', 'tenantpairs.tenantsync.dev'));
  await until('the policy', async () => (await as('admin', 'create', '--dry-run=server', '-f', fileOf(record))).status !== 0);
}, 2 * minute);
afterAll(async () => {
  await helm('uninstall', 'tenantsync', '-n', system, '--no-hooks');
  await clear(system, identity);
}, minute);

describe('The roles for people', () => {
  // Whoever sees, edits or administers a namespace; UserProjections need a role of their own.
  it.each([
    ['viewer', 'tenantpairs', ['get', 'list', 'watch']],
    ['viewer', 'syncconfigurations', ['get', 'list', 'watch']],
    ['viewer', 'userprojections', []],
    ['editor', 'tenantpairs', ['get', 'list', 'watch']],
    ['editor', 'syncconfigurations', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']],
    ['editor', 'userprojections', []],
    ['administrator', 'tenantpairs', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']],
    ['administrator', 'syncconfigurations', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']],
    ['administrator', 'userprojections', []],
    ['helpdesk', 'userprojections', ['get', 'list', 'watch']],
    ['helpdesk', 'syncconfigurations', ['get', 'list', 'watch']],
    ['oncall', 'userprojections', ['get', 'list', 'watch', 'update', 'patch', 'delete']],
    ['oncall', 'tenantpairs', ['get', 'list', 'watch']],
    ['approver', 'syncconfigurations', ['get', 'list', 'watch', 'patch']],
    ['approver', 'userprojections', []],
  ])('let a person with the role of %s do this with %s: %j', async (user, resource, verbs) => {
    const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
    const what = `${resource}.tenantsync.dev`;
    const [status, elsewhere, ...allowed] = await answers(user, [
      { verb: 'patch', what: `${what}#status` },
      { verb: 'get', what, namespace: 'default' },
      ...all.map((verb) => ({ verb, what })),
    ]);
    expect(all.filter((_, index) => allowed[index])).toEqual(verbs);
    expect([status, elsewhere]).toEqual([false, false]);
  });

  it('F2 let administrators and approvers decide about staged sets, and no editor', async () => {
    const deciding = await Promise.all(
      Object.keys(people).map(async (user) => [user, await can(user, 'approve', 'syncconfigurations.tenantsync.dev')]),
    );
    expect(deciding.filter(([, may]) => may).map(([user]) => user)).toEqual(['administrator', 'approver', 'both']);
  });
});

describe('The rights of the operator', () => {
  it.each([
    ['secrets', 'get', false],
    ['secrets', 'list', false],
    ['secrets', 'watch', false],
    ['serviceaccounts#token', 'create', false],
    ['tenantpairs.tenantsync.dev', 'update', false],
    ['userprojections.tenantsync.dev', 'deletecollection', false],
    ['pods', 'get', false],
    ['leases.coordination.k8s.io', 'create', false],
    ['customresourcedefinitions.apiextensions.k8s.io', 'patch', false],
  ])('to any namespace: %s %s: %s', async (resource, verb, allowed) => {
    expect(await can(operator, verb, resource)).toBe(allowed);
  });

  it.each([
    ['leases.coordination.k8s.io/tenantsync-shard-0', 'update', true],
    ['leases.coordination.k8s.io/of-somebody-else', 'update', false],
    ['leases.coordination.k8s.io', 'delete', false],
    ['configmaps/tenantsync-guard', 'patch', true],
    ['configmaps/tenantsync-links-7', 'patch', true],
    ['configmaps/of-somebody-else', 'get', false],
    ['configmaps/tenantsync-guard', 'delete', false],
    ['secrets', 'get', true],
    ['secrets', 'list', false],
    ['serviceaccounts#token', 'create', false],
  ])('to its own namespace: %s %s: %s', async (resource, verb, allowed) => {
    expect(await can(operator, verb, resource, system)).toBe(allowed);
  });
});

describe('The admission policy', () => {
  const advice = 'Change the SyncConfiguration instead';

  it('lets the operator write a UserProjection, and nobody else', async () => {
    for (const user of ['oncall', 'admin']) {
      const { status, stderr } = await as(user, 'create', '-f', fileOf(record));
      expect(status).not.toBe(0);
      expect(stderr).toContain(user === 'oncall' ? 'cannot create resource' : advice);
    }
    expect(await as(operator, 'create', '-f', fileOf(record))).toMatchObject({ status: 0 });
  });

  it('refuses a change of the spec by whoever may edit UserProjections, and says what to do', async () => {
    for (const user of ['oncall', 'admin']) {
      const { status, stderr } = await patch(user, { spec: { lifecycle: 'Removed' } });
      expect(status).not.toBe(0);
      expect(stderr).toContain(advice);
    }
    expect(await patch(operator, { spec: { attributes: { displayName: 'Ana' } } })).toMatchObject({ status: 0 });
  });

  it('refuses a change of the status, which says whose the account is', async () => {
    const link = { status: { targetUser: { objectId: '5b1f0000-0000-4000-8000-000000000009' } } };
    const { status, stderr } = await patch('admin', link, '--subresource', 'status');
    expect(status).not.toBe(0);
    expect(stderr).toContain('The status of a UserProjection or GroupProjection is written by the TenantSync operator alone');
  });

  it('lets people ask for a new look, and take finalizers off', async () => {
    expect(await patch('oncall', { metadata: { annotations: { 'tenantsync.dev/requested-at': 'now' } } })).toMatchObject({ status: 0 });
    expect(await patch('oncall', { metadata: { finalizers: null } })).toMatchObject({ status: 0 });
    const { finalizers } = record.metadata;
    expect(await patch(operator, { metadata: { finalizers } })).toMatchObject({ status: 0 });
  });

  it('lets a restore of a backup write everything, and whoever belongs to an exempt group', async () => {
    const restored = { ...record, metadata: { name: 'restored', namespace: identity } };
    const grant = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'velero' } };
    const subjects = [{ kind: 'ServiceAccount', name: 'velero', namespace: 'velero' }];
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
    await apply({ ...grant, subjects, roleRef });
    expect(await as(backup, 'create', '-f', fileOf(restored))).toMatchObject({ status: 0 });
    const broken = { spec: { lifecycle: 'Removed' } };
    expect(await patch('admin', broken, '--as-group', 'others')).not.toMatchObject({ status: 0 });
    expect(await patch('admin', broken, '--as-group', 'break-glass')).toMatchObject({ status: 0 });
    await kubectl('delete', 'clusterrolebinding', 'velero');
  });

  describe('about decisions', () => {
    const configuration = {
      apiVersion: 'tenantsync.dev/v1alpha1',
      kind: 'SyncConfiguration',
      metadata: { name: 'staff', namespace: identity },
      spec: { tenantPairRef: { name: 'hub-to-spoke' }, mode: 'Plan', scope: { type: 'All' } },
    };
    const approve = 'tenantsync.dev/approve-deletions';
    const decider = 'tenantsync.dev/decided-by';
    const annotate = (user: string, annotations: Readonly<Record<string, string | null>>, ...args: readonly string[]): Promise<Outcome> =>
      as(user, 'patch', 'synccfg', 'staff', '--type', 'merge', '-p', JSON.stringify({ metadata: { annotations } }), ...args);
    /** What the refusal of an attempt says; empty where it was let through. */
    const refusal = async (outcome: Promise<Outcome>): Promise<string> => {
      const { status, stderr } = await outcome;
      return status === 0 ? '' : stderr;
    };
    const ownName = 'to your own user name';
    const verb = 'you need the verb approve';

    beforeAll(async () => {
      await apply(configuration, '--as', 'editor');
    });

    it('F2 takes a decision of whoever may approve, under their own name', async () => {
      expect(await annotate('approver', { [approve]: 'one', [decider]: 'approver' })).toMatchObject({ status: 0 });
      expect(await annotate('both', { [approve]: 'two', [decider]: 'both' })).toMatchObject({ status: 0 });
    });

    it('F2 refuses another name, none, and that of the last who decided', async () => {
      expect(await refusal(annotate('approver', { [approve]: 'three', [decider]: 'boss' }))).toContain(ownName);
      expect(await refusal(annotate('approver', { [approve]: 'three' }))).toContain(ownName);
      expect(await refusal(annotate('approver', { [approve]: 'three', [decider]: null }))).toContain(ownName);
      expect(await refusal(annotate('approver', { [approve]: 'three', [decider]: 'boss' }, '--field-manager', 'boss'))).toContain(ownName);
      expect(await refusal(annotate('admin', { [approve]: 'three', [decider]: 'approver' }))).toContain(ownName);
    });

    it('F2 refuses to give a decision that stands to somebody else, or to nobody', async () => {
      expect(await refusal(annotate('approver', { [decider]: 'boss' }))).toContain(ownName);
      expect(await refusal(annotate('approver', { [decider]: null }))).toContain(ownName);
      expect(await refusal(annotate('editor', { [decider]: 'editor' }))).toContain(verb);
    });

    it('F2 refuses whoever has no right to approve, service accounts and impersonated users included', async () => {
      const account = `system:serviceaccount:${identity}:robot`;
      const grant = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'robot', namespace: identity } };
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' };
      await apply({ ...grant, roleRef, subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: identity }] });
      for (const user of ['editor', account])
        expect(await refusal(annotate(user, { [approve]: 'three', [decider]: user }))).toContain(verb);
    });

    it('F2 refuses a configuration that is made with a decision on it', async () => {
      const forged = {
        ...configuration,
        metadata: { ...configuration.metadata, name: 'forged', annotations: { [approve]: 'x', [decider]: 'boss' } },
      };
      expect(await refusal(as('editor', 'create', '-f', fileOf(forged)))).toContain(ownName);
      expect(await as('backup', 'get', 'synccfg', 'forged')).not.toMatchObject({ status: 0 });
    });

    it('F2 leaves a spec to whoever may update it, and annotations that decide nothing to whoever may patch', async () => {
      const spec = JSON.stringify({ spec: { scope: { type: 'Assigned' } } });
      expect(await refusal(as('approver', 'patch', 'synccfg', 'staff', '--type', 'merge', '-p', spec))).toContain(
        'you need the verb update',
      );
      expect(await as('editor', 'patch', 'synccfg', 'staff', '--type', 'merge', '-p', spec)).toMatchObject({ status: 0 });
      expect(await annotate('editor', { 'tenantsync.dev/requested-at': 'now' })).toMatchObject({ status: 0 });
      expect(await annotate('editor', { [approve]: null, [decider]: null })).toMatchObject({ status: 0 });
    });
  });

  it(
    'is no hindrance to deleting: a namespace goes with what is in it',
    async () => {
      expect(await as('oncall', 'delete', 'userprojection', 'restored')).toMatchObject({ status: 0 });
      await patch(operator, { metadata: { finalizers: null } });
      await kubectl('delete', 'namespace', identity, '--timeout=30s');
    },
    minute,
  );
});
