import { setTimeout as delay } from 'node:timers/promises';
import { generate } from 'selfsigned';
import type { GroupProjection } from '../../src/api/kinds.ts';
import { alertGroups } from '../../src/cli/demo/alert-rules.ts';
import { dashboardQueries, emptyQueries } from '../../src/cli/demo/dashboards.ts';
import { Day } from '../../src/cli/demo/day.ts';
import { beginDay } from '../../src/cli/demo/demo.ts';
import { evaluatedRules, findPrometheus, seriesOf, startPrometheus, type Prometheus } from '../../src/cli/demo/prometheus.ts';
import { namespace, setStage, type Stage } from '../../src/cli/demo/stage.ts';
import { dashboards, queryOf } from '../support/dashboards.ts';
import { targetPermissions } from '../support/permissions.ts';
import { metricsOf } from '../support/promql.ts';

const projects = 'contoso-projects';
const dayMs = 86_400_000;

/** Debian's package prometheus has it: CONTRIBUTING.md says how to get it. */
const program = findPrometheus(process.env);
const withPrometheus = program === undefined ? describe.skip : describe;

/** Tailspin Toys signs us in by a certificate that ends in three days, and lets groups in. */
async function signInByCertificate({ hub, tailspin, kube }: Stage): Promise<void> {
  tailspin.policies.setGroupSync(hub.tenantId, true);
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'tenantsync' }], {
    keySize: 2048,
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 3 * dayMs),
  });
  const { appId } = tailspin.registerApp({ permissions: [...targetPermissions, 'Group.ReadWrite.All'], certificates: [cert] });
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  kube.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'tailspin-tls', namespace },
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': encoded(cert), 'tls.key': encoded(key) },
  });
  kube.patch(
    { kind: 'TenantPair', name: 'contoso-to-tailspin', namespace },
    {
      spec: {
        target: { credentials: { clientSecret: null, clientCertificate: { clientId: appId, secretRef: { name: 'tailspin-tls' } } } },
      },
    },
  );
}

/** The groups of the projects are projected as well. */
async function projectGroups(day: Day): Promise<void> {
  const { kube } = day.stage;
  kube.patch({ kind: 'SyncConfiguration', name: projects, namespace }, { spec: { groups: { select: [{ scopeGroups: true }] } } });
  const groups = (): readonly GroupProjection[] => kube.list('GroupProjection') as unknown as GroupProjection[];
  await day.until('a group has members', () => groups().some(({ status }) => (status.members?.present ?? 0) > 0));
}

/** Everybody leaves a group, which the guard stages. */
async function emptyGroup(day: Day, group: string): Promise<void> {
  const { hub } = day.stage;
  const id = day.recall(group);
  for (const member of [...(hub.group(id)?.members ?? [])]) hub.removeMember(id, member);
  await day.syncUntil(projects, 'the removals are staged', () => day.configuration(projects).status.stagedDeletions !== undefined);
}

/** Somebody of Fabrikam has the address of a hire. */
async function makeConflict(day: Day): Promise<void> {
  const { hub, fabrikam } = day.stage;
  const other = { displayName: 'Sam Rivera', otherMails: ['sam.rivera@contoso.com'] };
  fabrikam.createUser({ userPrincipalName: 'sam@fabrikam.com', properties: other });
  const sam = { displayName: 'Sam Rivera', mail: 'sam.rivera@contoso.com' };
  const { id } = hub.createUser({ userPrincipalName: 'sam.rivera@contoso.com', properties: sam });
  const isInConflict = (): boolean => day.projection('contoso-staff', id)?.status.state === 'Conflict';
  await day.syncUntil('contoso-staff', 'the conflict is reported', isInConflict);
}

/** A set that was decided about, and one that waits. */
async function stageDeletions(day: Day): Promise<void> {
  await emptyGroup(day, 'Project Falcon');
  const { token = '' } = day.configuration(projects).status.stagedDeletions ?? {};
  day.annotate(projects, { 'tenantsync.dev/reject-deletions': token });
  await day.until('the decision', () => day.configuration(projects).status.lastHandledDeletionDecision?.state === 'Done');
  await emptyGroup(day, 'Project Osprey');
}

withPrometheus('F4 a Prometheus that reads a living operator', () => {
  let prometheus: Prometheus;
  /** What ends what was started, in the order of the starts. */
  const ends: (() => Promise<void>)[] = [];

  /** Asks until the answer is the wanted one, for a few looks of Prometheus at a busy machine; gives the last. */
  async function settled<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
    const end = Date.now() + 15_000;
    let answer = await ask();
    while (!isWanted(answer) && Date.now() < end) {
      await delay(500);
      answer = await ask();
    }
    return answer;
  }

  beforeAll(async () => {
    const stage = await setStage({ users: 60, logFile: undefined });
    ends.push(() => stage.stop());
    prometheus = await startPrometheus(program ?? '', stage.metricsUrl);
    ends.push(() => prometheus.stop());
    const day = new Day(stage, () => undefined);
    await beginDay(stage, day);
    // What there is to show beside the work itself.
    await signInByCertificate(stage);
    await projectGroups(day);
    stage.entra.faults.add({ effect: 'throttle', retryAfter: 1, match: { method: 'GET' } });
    await Promise.all([makeConflict(day), stageDeletions(day)]);
  }, 90_000);
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  it('gives series to every query of the dashboards', async () => {
    expect(dashboardQueries().length).toBeGreaterThan(80);
    expect(
      await settled(
        () => emptyQueries(prometheus),
        (empty) => empty.length === 0,
      ),
    ).toEqual([]);
  });

  it('gives values to every choice that a dashboard offers', async () => {
    const choices = dashboards.flatMap(({ templating }) => templating.list).filter(({ type }) => type === 'query');
    const values = async (query: string): Promise<number | string> => {
      const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
      return seriesOf(prometheus, `count by (${label}) (${series})`);
    };
    const found = await Promise.all([...new Set(choices.map(queryOf))].map(async (query) => ({ query, found: await values(query) })));
    expect(found.length).toBeGreaterThan(4);
    expect(found.filter((each) => typeof each.found === 'string' || each.found === 0)).toEqual([]);
  });

  it('evaluates every alert without an error, on metrics that there are, and has those active whose reason there is', async () => {
    const wanted = ['TenantSyncConflicts', 'TenantSyncCredentialExpiring', 'TenantSyncDeletionsStaged'];
    const isActive = (rules: Awaited<ReturnType<typeof evaluatedRules>>, alert: string): boolean =>
      rules.some(({ name, state }) => name === alert && state !== 'inactive');
    const rules = await settled(
      () => evaluatedRules(prometheus),
      (all) => all.every(({ health }) => health === 'ok') && wanted.every((alert) => isActive(all, alert)),
    );
    const alerts = alertGroups().flatMap((group) => group.rules);
    expect(rules.map(({ name }) => name).sort()).toEqual(alerts.map(({ alert }) => alert).sort());
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(wanted.filter((alert) => !isActive(rules, alert))).toEqual([]);
    expect(isActive(rules, 'TenantSyncDown')).toBe(false);
    const metrics = [...new Set(alerts.flatMap(({ expr }) => metricsOf(expr)))];
    const without = async (): Promise<readonly string[]> => {
      const found = await Promise.all(metrics.map((metric) => seriesOf(prometheus, metric)));
      return metrics.filter((_, place) => typeof found[place] === 'string' || found[place] === 0);
    };
    expect(await settled(without, (missing) => missing.length === 0)).toEqual([]);
  });

  it('says what is wrong with an expression that is none: the test can fail', async () => {
    expect(await seriesOf(prometheus, 'sum(')).toContain('parse error');
    expect(await seriesOf(prometheus, 'no_such_metric')).toBe(0);
  });
});
