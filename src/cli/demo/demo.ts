import { parseArgs } from 'node:util';
import { describeMonitoring } from './dashboards.ts';
import { Day } from './day.ts';
import { findPrometheus, startPrometheus, type Prometheus } from './prometheus.ts';
import { applySecrets, namespace, sampleManifests, setStage, type Stage } from './stage.ts';
import { steps } from './steps.ts';
import { kubectlGet } from './tables.ts';

const help = `Usage: tenantsync demo [flags]

Simulated Entra tenants, an embedded Kubernetes API and the operator on this machine: an initial cycle, then a working day.

  --users N      people in the hub (default 500)
  --fast         fewer people (150)
  --prometheus   have a Prometheus read it (that of PROMETHEUS, else of the path), and say what dashboards and alerts show
  --keep         stay up afterwards and print the KUBECONFIG line for kubectl
  --log-file F   write the operator's log and provisioning log there at the end
`;

interface Options {
  readonly users: number;
  readonly keep: boolean;
  readonly logFile: string | undefined;
  /** The program, where one was asked for. */
  readonly prometheus: string | undefined;
}

const noPrometheus = 'there is none on the path; install one, or name its program in PROMETHEUS';

function parseOptions(args: readonly string[]): Options | { readonly problem: string } | 'help' {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        users: { type: 'string' },
        fast: { type: 'boolean' },
        keep: { type: 'boolean' },
        prometheus: { type: 'boolean' },
        'log-file': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return 'help';
    const users = Number(values.users ?? (values.fast === true ? 150 : 500));
    if (!Number.isInteger(users) || users < 60 || users > 20_000) return { problem: '--users: expected a whole number from 60 to 20000' };
    const prometheus = values.prometheus === true ? findPrometheus(process.env) : undefined;
    if (values.prometheus === true && prometheus === undefined) return { problem: `--prometheus: ${noPrometheus}` };
    return { users, keep: values.keep === true, logFile: values['log-file'], prometheus };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs the demo; resolves with 0 only if every step ended as it should. */
export async function runDemo(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === 'help') {
    print(help);
    return 0;
  }
  if ('problem' in options) {
    process.stderr.write(`tenantsync demo: ${options.problem}\n`);
    return 2;
  }
  const started = Date.now();
  print(
    `Starting three simulated tenants (Contoso with ${options.users} people, Fabrikam, Tailspin Toys), a Kubernetes API and the operator ...`,
  );
  const stage = await setStage(options);
  let prometheus: Prometheus | undefined;
  try {
    if (options.prometheus !== undefined) prometheus = await startPrometheus(options.prometheus, stage.metricsUrl);
    const day = new Day(stage, print);
    await beginDay(stage, day);
    const failed = await runSteps(day);
    await showMetrics(stage);
    if (prometheus) print(`\n${'='.repeat(100)}\nPrometheus at ${prometheus.url}:\n${await describeMonitoring(prometheus)}`);
    print(`\n${steps.length - failed} of ${steps.length} steps ended as they should, in ${Math.round((Date.now() - started) / 1000)} s.`);
    if (options.keep) await keepUp(stage);
    return failed === 0 ? 0 : 1;
  } finally {
    await prometheus?.stop();
    await stage.stop();
  }
}

/** Groups, secrets and manifests; then the initial cycles, with their progress. */
export async function beginDay(stage: Stage, day: Day): Promise<void> {
  const { hub, organisation, kube } = stage;
  day.remember('Project Falcon', hub.createGroup({ displayName: 'Project Falcon', members: organisation.people.slice(10, 40) }).id);
  day.remember('Project Osprey', hub.createGroup({ displayName: 'Project Osprey', members: organisation.people.slice(40, 55) }).id);
  applySecrets(kube);
  day.print('\n$ kubectl apply -f manifests/samples/hub-and-spoke.yaml');
  for (const manifest of sampleManifests()) {
    const applied = kube.apply(manifest);
    day.print(`${applied.kind.toLowerCase()}.tenantsync.dev/${applied.metadata.name ?? ''} created`);
  }
  const names = ['contoso-staff', 'contoso-projects'];
  const began = Date.now();
  while (!names.every((name) => day.configuration(name).status.lastCycle?.result !== undefined)) {
    await sleep(1000);
    day.print(`  initial cycle: ${names.map((name) => progress(day, name)).join('; ')}`);
    if (Date.now() - began > 300_000) throw new Error('the initial cycles did not end within five minutes');
  }
  day.print(`\nThe initial cycles took ${Math.round((Date.now() - began) / 100) / 10} s.\n`);
  day.print(`$ kubectl get tpair\n${await kubectlGet(kube, namespace, 'tenantpairs')}\n`);
  await day.showConfigurations();
}

function progress(day: Day, name: string): string {
  const projections = day.stage.kube.list('UserProjection', { namespace, labelSelector: `tenantsync.dev/configuration=${name}` });
  const provisioned = projections.filter(
    (projection) =>
      (projection.status as { state?: string }).state === 'Provisioned' || (projection.status as { state?: string }).state === 'Blocked',
  ).length;
  return `${name} ${provisioned} of ${projections.length} provisioned`;
}

async function runSteps(day: Day): Promise<number> {
  let failed = 0;
  for (const [index, step] of steps.entries()) {
    print(`\n${'='.repeat(100)}\n${index + 1}. ${step.title}\n`);
    try {
      await step.run(day);
    } catch (error) {
      failed += 1;
      print(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
    }
    print(`\nTry: ${step.tryIt}`);
  }
  return failed;
}

const shownMetrics = /^tenantsync_(cycles_total|operations_total|graph_requests_total|graph_throttled_total|users)\{/;

async function showMetrics(stage: Stage): Promise<void> {
  const response = await fetch(stage.metricsUrl);
  const lines = (await response.text()).split('\n').filter((line) => shownMetrics.test(line) && !line.endsWith(' 0'));
  print(`\n${'='.repeat(100)}\n$ curl ${stage.metricsUrl}   # a part of it\n${lines.join('\n')}`);
}

async function keepUp(stage: Stage): Promise<void> {
  print(
    `\nStaying up until Ctrl-C. In another terminal:\n\n  export KUBECONFIG=${stage.kubeconfigPath}\n  kubectl get tenantsync -n ${namespace}\n`,
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
