import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { installManifest } from '../../../scripts/generate-install.ts';
import {
  apply,
  chart,
  clear,
  fileOf,
  helm,
  kubectl,
  outcome,
  project,
  restrictedNamespace,
  tryHelm,
  type Outcome,
} from './support/site.ts';
import { alertGroups, type Alert, type AlertGroup } from '../../../src/cli/demo/alert-rules.ts';
import { dashboardFiles, dashboardText } from '../../support/dashboards.ts';
import { monitoringDefinitions } from './support/monitoring.ts';

interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly rules?: readonly { readonly resources: readonly string[] }[];
  readonly [field: string]: unknown;
}

const release = 'tenantsync';
const namespace = 'chart-render';
const monitoring = [
  ...['ServiceMonitor', 'PodMonitor', 'PrometheusRule'].map((kind) => `monitoring.coreos.com/v1/${kind}`),
  'grafana.integreatly.org/v1beta1/GrafanaDashboard',
].flatMap((kind) => ['--api-versions', kind]);
const variants = readdirSync(path.join(chart, 'ci')).filter((file) => file.endsWith('-values.yaml'));

const template = (...args: readonly string[]): Promise<string> => helm('template', release, chart, '-n', namespace, ...monitoring, ...args);
const rendered = async (...args: readonly string[]): Promise<readonly Rendered[]> =>
  (loadAll(await template(...args)) as (Rendered | null)[]).filter((object) => object !== null);
/** What Helm says at the end of an install with these values. */
const notes = (...values: readonly string[]): Promise<string> =>
  helm('install', release, chart, '-n', namespace, '--dry-run=client', ...values.flatMap((value) => ['--set', value]));
const variant = (file: string): readonly string[] => ['-f', path.join(chart, 'ci', file)];

function pod(objects: readonly Rendered[], kind = 'Deployment'): { containers: { image: string; args: string[] }[] } {
  const found = objects.find((object) => object.kind === kind) as { spec: { template: { spec: object } } } | undefined;
  if (found === undefined) throw new Error(`no ${kind}`);
  return found.spec.template.spec as ReturnType<typeof pod>;
}

describe('The chart', () => {
  it('passes helm lint --strict, with every set of values in ci/', async () => {
    expect(variants).toHaveLength(8);
    for (const values of [[], ...variants.map(variant)]) {
      expect(await helm('lint', '--strict', chart, ...values)).toContain('1 chart(s) linted, 0 chart(s) failed');
    }
  });

  it.each([
    ['a wrong name', 'replica=2', "additional properties 'replica' not allowed"],
    ['a wrong name further down', 'image.digset=x', "additional properties 'digset' not allowed"],
    ['a wrong type', 'replicas=two', "at '/replicas': got string, want integer"],
    ['a word that is none of those', 'logging.level=verbose', "at '/logging/level': value must be one of 'error', 'warn', 'info', 'debug'"],
    ['a number out of bounds', 'shards=300', "at '/shards': maximum: got 300, want 256"],
    ['a name that no namespace has', 'watchNamespaces={Identity}', "at '/watchNamespaces/0'"],
    ['a digest that is none', 'image.digest=latest', "at '/image/digest'"],
    ['a cloud without a host', 'clouds.Mine.graphHost=https://graph.example', "missing property 'authorityHost'"],
  ])('refuses %s, and says where', async (_what, value, message) => {
    const { status, stderr } = await tryHelm('template', release, chart, '--set', value);
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
  });

  it.each([
    [['podDisruptionBudget.minAvailable=1'], 'set minAvailable or maxUnavailable, not both'],
    [['metrics.serviceMonitor.enabled=true', 'metrics.podMonitor.enabled=true'], 'enable one of them'],
    [['metrics.enabled=false', 'metrics.podMonitor.enabled=true'], 'a monitor needs metrics.enabled'],
    [['serviceAccount.create=false'], "not to the namespace's default ServiceAccount"],
    [['watchNamespaces={identity}', 'rbac.credentialNamespaces={identity,other}'], 'rbac.credentialNamespaces: other is not watched'],
    [
      ['metrics.serviceMonitor.enabled=true', 'metrics.serviceMonitor.renderMode=failIfMissing'],
      'ServiceMonitor is not defined in this cluster; install the Prometheus Operator first',
    ],
    [
      ['dashboards.enabled=true', 'dashboards.kind=GrafanaDashboard', 'dashboards.renderMode=failIfMissing'],
      'GrafanaDashboard is not defined in this cluster; install the Grafana Operator first',
    ],
  ])('refuses %s', async (values, message) => {
    const { status, stderr } = await tryHelm('template', release, chart, ...values.flatMap((value) => ['--set', value]));
    expect(status).not.toBe(0);
    expect(stderr).toContain(message);
  });

  it('names the image by its digest where one is given', async () => {
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
    expect(pod(await rendered()).containers[0]?.image).toBe(`ghcr.io/tenantsync/tenantsync:${version}`);
    for (const kind of ['Deployment', 'Job']) {
      const { containers } = pod(await rendered('--set', `image.digest=${digest}`), kind);
      expect(containers[0]?.image).toBe(`ghcr.io/tenantsync/tenantsync:${version}@${digest}`);
    }
  });

  it('starts the image as its Dockerfile does', async () => {
    const dockerfile = readFileSync(path.join(project, 'Dockerfile'), 'utf8');
    const command = JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
    expect(pod(await rendered()).containers[0]?.args.slice(0, command.length)).toEqual(command);
  });

  it('has a test that asks a replica for its metrics, and fails unless it is of this version', async () => {
    const script =
      pod(
        (await rendered()).filter(({ metadata }) => metadata.name.endsWith('-test')),
        'Job',
      ).containers[0]?.args ?? [];
    const metrics = createServer((_request, response) => response.end(`tenantsync_build_info{version="${version}",node="v24"} 1\n`));
    await new Promise<void>((resolve) => void metrics.listen(0, '127.0.0.1', resolve));
    const { port } = metrics.address() as AddressInfo;
    const run = (url: string, wanted: string): Promise<Outcome> => outcome(process.execPath, [...script.slice(0, -2), url, wanted]);
    expect(script.slice(-2)).toEqual([`http://${release}-metrics.${namespace}:8080/metrics`, version]);
    expect(await run(`http://127.0.0.1:${port}/metrics`, version)).toMatchObject({ status: 0 });
    expect(await run(`http://127.0.0.1:${port}/metrics`, '0.0.0')).toMatchObject({ status: 1 });
    await new Promise((resolve) => metrics.close(resolve));
    expect(await run(`http://127.0.0.1:${port}/metrics`, version)).toMatchObject({ status: 1 });
  });

  it.each([
    [[], ['Every pod of the cluster can read /metrics']],
    [
      ['rbac.credentialNamespaces={*}', 'rbac.serviceAccountTokens.enabled=true', 'metrics.enabled=false'],
      ['every Secret of the cluster', 'every ServiceAccount of the cluster'],
    ],
    [
      ['rbac.credentialNamespaces={*}', 'rbac.secretNames={a}', 'metrics.enabled=false', 'replicas=1'],
      ['nothing is synchronized while it is being replaced'],
    ],
    [
      ['watchNamespaces={identity}', 'metrics.enabled=false', 'podDisruptionBudget.enabled=false', 'replicas=4'],
      ['a drain may take all replicas', 'the others only stand by'],
    ],
    [
      ['watchNamespaces={identity}', 'metrics.enabled=false', 'rbac.create=false', 'admissionPolicy.enabled=false', 'crds.enabled=false'],
      ['rights of the operator', 'No admission policy', 'apply the definitions of this version yourself'],
    ],
    [
      ['watchNamespaces={identity}', 'metrics.enabled=false', 'releaseHook.enabled=false', 'crds.keep=false'],
      ['run `tenantsync release` before an uninstall', 'an uninstall deletes every TenantPair'],
    ],
    [['watchNamespaces={identity}', 'networkPolicy.enabled=true', 'networkPolicy.metricsFrom[0].podSelector.matchLabels.a=b'], []],
    [
      [
        'rbac.credentialNamespaces=null',
        'watchNamespaces=null',
        'metrics.enabled=false',
        'replicas=0',
        'podDisruptionBudget.maxUnavailable=0',
      ],
      ['replicas is 0: nothing runs'],
    ],
  ])('warns with %j of what it does not do by itself', async (values, warnings) => {
    const given = (await notes(...values)).match(/^WARNING: .*$/gm) ?? [];
    expect(given).toHaveLength(warnings.length);
    warnings.forEach((text, index) => expect(given[index]).toContain(text));
  });

  // As Kubernetes does, which rounds percentages up.
  it.each([
    { replicas: 2, budget: 'minAvailable=2', blocks: true },
    { replicas: 2, budget: 'minAvailable=1', blocks: false },
    { replicas: 2, budget: 'minAvailable=0', blocks: false },
    { replicas: 3, budget: 'minAvailable=100%', blocks: true },
    { replicas: 3, budget: 'minAvailable=80%', blocks: true },
    { replicas: 3, budget: 'minAvailable=67%', blocks: true },
    { replicas: 3, budget: 'minAvailable=66%', blocks: false },
    { replicas: 2, budget: 'minAvailable=51%', blocks: true },
    { replicas: 2, budget: 'minAvailable=50%', blocks: false },
    { replicas: 1, budget: 'minAvailable=50%', blocks: true },
    { replicas: 1, budget: 'minAvailable=0%', blocks: false },
    { replicas: 2, budget: 'maxUnavailable=0', blocks: true },
    { replicas: 2, budget: 'maxUnavailable=0%', blocks: true },
    { replicas: 2, budget: 'maxUnavailable=1%', blocks: false },
    { replicas: 0, budget: 'minAvailable=100%', blocks: false },
  ])('warns of a PodDisruptionBudget that lets nobody go: $budget of $replicas: $blocks', async ({ replicas, budget, blocks }) => {
    const set = `podDisruptionBudget.minAvailable=,podDisruptionBudget.maxUnavailable=,podDisruptionBudget.${budget}`;
    expect((await notes(`replicas=${replicas}`, set)).includes('podDisruptionBudget lets no replica go')).toBe(blocks);
  });

  it('warns of it with an advice that can be followed', async () => {
    const blocking = 'podDisruptionBudget.minAvailable=2,podDisruptionBudget.maxUnavailable=';
    const output = await notes(blocking);
    expect(output).toContain('Set maxUnavailable to 1 and empty minAvailable.');
    expect(await notes(blocking, 'podDisruptionBudget.maxUnavailable=1,podDisruptionBudget.minAvailable=')).not.toContain('no replica go');
  });

  it.each([
    [[], `{${namespace},NAMESPACE}`],
    [['rbac.credentialNamespaces=null'], `{${namespace},NAMESPACE}`],
    [['rbac.credentialNamespaces={identity,finance}'], '{identity,finance,NAMESPACE}'],
  ])('says with %j the whole list that adds a namespace, because a list replaces what is allowed', async (values, list) => {
    expect(await notes(...values)).toContain(`--set 'rbac.credentialNamespaces=${list}'`);
  });

  it('creates nothing in the scope of the cluster for who may not', async () => {
    const objects = await rendered(...variant('namespace-admin-values.yaml'));
    expect(objects.filter(({ metadata }) => metadata.namespace === undefined)).toEqual([]);
  });

  it.each([
    { values: [], where: [namespace] },
    { values: ['rbac.credentialNamespaces=null', 'watchNamespaces=null'], where: [namespace] },
    { values: ['rbac.credentialNamespaces={identity,finance}'], where: ['finance', 'identity'] },
    { values: ['rbac.credentialNamespaces={*}'], where: ['everywhere'] },
    { values: ['watchNamespaces={identity,finance}'], where: ['finance', 'identity'] },
    { values: ['watchNamespaces={identity,finance}', 'rbac.credentialNamespaces=null'], where: ['finance', 'identity'] },
    { values: ['watchNamespaces={identity,finance}', 'rbac.credentialNamespaces={finance}'], where: ['finance'] },
    { values: ['watchNamespaces={identity,finance}', 'rbac.credentialNamespaces={*}'], where: ['finance', 'identity'] },
  ])('lets the operator read Secrets in $where with $values, and request no tokens unless told to', async ({ values, where }) => {
    /** Each rule that is bound, with the namespace where it is. */
    const boundRules = async (
      ...more: readonly string[]
    ): Promise<readonly { readonly at: string; readonly resources: readonly string[] }[]> => {
      const objects = await rendered(...[...values, ...more].flatMap((value) => ['--set', value]));
      const bindings = objects.filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding');
      return bindings.flatMap(({ metadata, roleRef }) => {
        const role = objects.find(
          (object) =>
            object.kind === roleRef?.kind &&
            object.metadata.name === roleRef.name &&
            (object.kind === 'ClusterRole' || object.metadata.namespace === metadata.namespace),
        );
        return (role?.rules ?? []).map(({ resources }) => ({ at: metadata.namespace ?? 'everywhere', resources }));
      });
    };
    const places = (rules: Awaited<ReturnType<typeof boundRules>>, resource: string): readonly string[] =>
      rules
        .filter(({ resources }) => resources.includes(resource))
        .map(({ at }) => at)
        .sort();
    const rules = await boundRules();
    expect(places(rules, 'secrets')).toEqual(where);
    expect(places(rules, 'serviceaccounts/token')).toEqual([]);
    expect(places(await boundRules('rbac.serviceAccountTokens.enabled=true'), 'serviceaccounts/token')).toEqual(where);
  });

  it('leaves UserProjections of namespaces that are not watched to whoever watches those', async () => {
    const binding = async (file: string): Promise<unknown> => {
      const objects = await rendered(...variant(file));
      return objects.find(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding')?.spec;
    };
    const expression = { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['identity', 'identity-test'] };
    expect(await binding('namespaced-values.yaml')).toMatchObject({
      matchResources: { namespaceSelector: { matchExpressions: [expression] } },
    });
    expect(await binding('single-values.yaml')).not.toHaveProperty('matchResources');
  });

  it('keeps the definitions, unless told otherwise', async () => {
    const policies = async (...args: readonly string[]): Promise<readonly unknown[]> =>
      (await rendered(...args))
        .filter(({ kind }) => kind === 'CustomResourceDefinition')
        .map(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy']);
    expect(await policies()).toEqual(['keep', 'keep', 'keep', 'keep']);
    expect(await policies('--set', 'crds.keep=false')).toEqual([undefined, undefined, undefined, undefined]);
    expect(await policies('--set', 'crds.enabled=false')).toEqual([]);
  });

  describe('F4 makes a PrometheusRule of the alerts', () => {
    const groups = async (...args: readonly string[]): Promise<readonly AlertGroup[]> => {
      const objects = await rendered('--set', 'prometheusRule.enabled=true', ...args);
      const rule = objects.find(({ kind }) => kind === 'PrometheusRule');
      return (rule?.spec as { groups: readonly AlertGroup[] } | undefined)?.groups ?? [];
    };
    const alerts = async (...args: readonly string[]): Promise<readonly Alert[]> => (await groups(...args)).flatMap(({ rules }) => rules);

    it('only if told, and as promtool has tried them', async () => {
      expect((await rendered()).some(({ kind }) => kind === 'PrometheusRule')).toBe(false);
      expect(await groups()).toEqual(alertGroups(namespace));
    });

    it('with other thresholds, labels and another page', async () => {
      const [values, page] = ['prometheusRule.thresholds.cycleAgeSeconds=2000000', 'prometheusRule.runbookUrl=https://wiki.example/alerts'];
      const changed = await alerts('--set', values, '--set', page, '--set', 'prometheusRule.alertLabels.team=identity');
      const tooOld = changed.find(({ alert }) => alert === 'TenantSyncCycleTooOld');
      expect(tooOld?.expr).toContain('offset 2000000s');
      expect(tooOld?.labels).toEqual({ severity: 'critical', team: 'identity' });
      expect(tooOld?.annotations.runbook_url).toBe('https://wiki.example/alerts#tenantsynccycletooold');
    });

    it('without those that are left out, and without a group that is left empty', async () => {
      const left = await groups('--set', 'prometheusRule.disabled={TenantSyncGraphThrottled,TenantSyncQuotaSaturated,TenantSyncDown}');
      expect(left.map(({ name }) => name)).toEqual(['tenantsync.operator', 'tenantsync.pairs', 'tenantsync.configurations']);
      expect(left.flatMap(({ rules }) => rules.map(({ alert }) => alert))).not.toContain('TenantSyncDown');
    });
  });

  describe('F4 brings the dashboards', () => {
    const boards = async (kind: string, ...values: readonly string[]): Promise<readonly Rendered[]> => {
      const objects = await rendered(...['dashboards.enabled=true', ...values].flatMap((value) => ['--set', value]));
      return objects.filter((object) => object.kind === kind && object.metadata.name.includes('-dashboard-'));
    };
    const texts = dashboardFiles.map((file) => JSON.parse(dashboardText(file)) as unknown);

    it('only if told, as ConfigMaps that the sidecar of Grafana finds, each with the JSON as it was checked', async () => {
      expect((await rendered()).filter(({ metadata }) => metadata.name.includes('-dashboard-'))).toEqual([]);
      const found = await boards('ConfigMap');
      expect(found.map(({ data }) => Object.values(data as Record<string, string>).map((text) => JSON.parse(text) as unknown))).toEqual(
        texts.map((text) => [text]),
      );
      expect(found.flatMap(({ data }) => Object.keys(data as object))).toEqual(dashboardFiles.map((file) => `tenantsync-${file}`));
      for (const { metadata } of found) {
        expect(metadata).toMatchObject({ namespace, labels: { grafana_dashboard: '1' }, annotations: { grafana_folder: 'TenantSync' } });
      }
    });

    it('with another label, folder and namespace, and without those that are left out', async () => {
      const other = [
        'labels.boards=yes',
        'labels.grafana_dashboard=null',
        'folder=Identity',
        'folderAnnotation=k8s-folder',
        'namespace=grafana',
      ];
      const [first, ...rest] = await boards(
        'ConfigMap',
        ...other.map((value) => `dashboards.${value}`),
        'dashboards.disabled={graph,operator}',
      );
      expect(first?.metadata).toMatchObject({ namespace: 'grafana', labels: { boards: 'yes' }, annotations: { 'k8s-folder': 'Identity' } });
      expect(JSON.stringify(first?.metadata)).not.toContain('grafana_');
      expect(rest.map(({ metadata }) => metadata.name)).toEqual([`${release}-dashboard-overview`]);
    });

    it('as objects of the Grafana Operator', async () => {
      const found = await boards(
        'GrafanaDashboard',
        'dashboards.kind=GrafanaDashboard',
        'dashboards.instanceSelector.matchLabels.team=identity',
      );
      const specs = found.map(({ spec }) => spec as { json: string });
      expect(specs.map(({ json }) => JSON.parse(json) as unknown)).toEqual(texts);
      expect(specs[0]).toMatchObject({ folder: 'TenantSync', instanceSelector: { matchLabels: { team: 'identity' } } });
    });
  });

  it('is what manifests/install.yaml was made from', () => {
    expect(readFileSync(path.join(project, 'manifests/install.yaml'), 'utf8') === installManifest()).toBe(true);
  });
});

const { version } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')) as { readonly version: string };

const clouds = { Mine: { authorityHost: 'https://login.example', graphHost: 'https://graph.example' } };

describe('What the chart renders', () => {
  beforeAll(async () => {
    await clear(namespace, 'identity', 'identity-test', 'without-helm');
    await restrictedNamespace(namespace);
    for (const name of ['identity', 'identity-test']) await restrictedNamespace(name);
    await apply(monitoringDefinitions);
  });
  afterAll(() => clear(namespace, 'identity', 'identity-test', 'without-helm'));

  it.each(variants)('is accepted by a dry run of the server: %s', async (file) => {
    const answer = await apply(await template(...variant(file)), '--dry-run=server');
    expect(answer).toContain('deployment.apps');
    expect(answer).not.toMatch(/warning/i);
  });

  it.each([
    { namespace: '1e3', values: { watchNamespaces: ['007'], nameOverride: '0x1', priorityClassName: '10', runtimeClassName: '2.0' } },
    // 1.5 is what roles are called.
    { namespace: '1', values: { fullnameOverride: '5', serviceAccount: { name: '123' } } },
    { namespace: '2', values: { fullnameOverride: '1e3', serviceAccount: { name: '0x7b' }, clouds, watchNamespaces: ['2'] } },
    { namespace: '3', values: { fullnameOverride: 'true', serviceAccount: { name: 'null' } } },
  ])('is accepted where names look like numbers: $namespace, $values', async ({ namespace, values }) => {
    await restrictedNamespace(namespace);
    const more = { metrics: { serviceMonitor: { enabled: true } }, networkPolicy: { enabled: true }, ...values };
    const objects = await helm('template', '12', chart, '-n', namespace, '-f', fileOf(more));
    // The watched namespace is left out of the dry run: it is not there.
    const there = (loadAll(objects) as (Rendered | null)[]).filter((object) => object !== null && object.metadata.namespace !== '007');
    expect(await apply({ apiVersion: 'v1', kind: 'List', items: there }, '--dry-run=server')).toContain('deployment.apps');
    // Also those of monitors, whose kinds no server here checks.
    const selected = there.flatMap((object) => (object?.kind === 'ServiceMonitor' ? [object.spec] : []));
    expect(selected).toEqual([expect.objectContaining({ namespaceSelector: { matchNames: [namespace] } })]);
    await clear(namespace);
  });

  it('can be applied without Helm', async () => {
    const manifest = readFileSync(path.join(project, 'manifests/install.yaml'), 'utf8');
    // Another namespace than everybody's.
    await apply(manifest.replaceAll('tenantsync-system', 'without-helm'));
    await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await kubectl('-n', 'without-helm', 'rollout', 'status', 'deployment/tenantsync', '--timeout=60s');
    expect(await kubectl('get', 'tenantpairs,syncconfigurations,userprojections', '-A')).toBe('');
  });
});
