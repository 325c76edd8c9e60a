import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { alertGroups } from './alert-rules.ts';

/** A Prometheus that reads the demo's operator. */
export interface Prometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/** A rule as Prometheus has evaluated it. */
export interface EvaluatedRule {
  readonly name: string;
  readonly query: string;
  /** `ok` once it was evaluated without an error. */
  readonly health: 'ok' | 'err' | 'unknown';
  readonly state: 'inactive' | 'pending' | 'firing';
  readonly lastError?: string;
}

/** Seconds between two looks at the metrics, and at the rules: few, for nobody waits long for a demo. */
const lookSeconds = 1;
/** What Grafana would make of `$__rate_interval`: four looks at least; some more, because a busy machine misses one. */
const rateInterval = `${10 * lookSeconds}s`;
const startLimitMs = 20_000;
const stopLimitMs = 5000;
const answerLimitMs = 10_000;

/** The program to run: that of PROMETHEUS, else the one on the path; undefined where there is none. */
export function findPrometheus(environment: NodeJS.ProcessEnv): string | undefined {
  const name = environment.PROMETHEUS ?? 'prometheus';
  return spawnSync(name, ['--version'], { env: environment }).status === 0 ? name : undefined;
}

/** Starts a Prometheus with the alerts of the chart, which reads the metrics at `metricsUrl`. Rejects with what it said when it does not start. */
export async function startPrometheus(program: string, metricsUrl: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantsync-prometheus-'));
  const config = join(folder, 'prometheus.json');
  // JSON is YAML.
  writeFileSync(join(folder, 'rules.json'), JSON.stringify({ groups: alertGroups() }));
  writeFileSync(config, JSON.stringify(settings(metricsUrl, join(folder, 'rules.json'))));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`];
  const child = spawn(program, [...args, '--log.level=warn'], { stdio: ['ignore', 'ignore', 'pipe'] });
  // A demo that breaks off leaves no Prometheus behind.
  const endWithUs = (): void => void child.kill();
  process.once('exit', endWithUs);
  const stop = async (): Promise<void> => {
    await end(child);
    process.off('exit', endWithUs);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await isReady(child, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** As a monitor of the chart would have it: labels of the metrics win, and the operator's namespace is added where there is none. */
function settings(metricsUrl: string, rules: string): object {
  const { host, pathname } = new URL(metricsUrl);
  return {
    global: { scrape_interval: `${lookSeconds}s`, scrape_timeout: `${lookSeconds}s`, evaluation_interval: `${lookSeconds}s` },
    rule_files: [rules],
    scrape_configs: [
      {
        job_name: 'tenantsync',
        honor_labels: true,
        metrics_path: pathname,
        static_configs: [{ targets: [host], labels: { namespace: 'tenantsync-system' } }],
      },
    ],
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function isReady(child: ChildProcess, url: string): Promise<void> {
  let said = '';
  let problem: string | undefined;
  child.stderr?.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString('utf8')}`.slice(-2000)));
  child.once('error', (error) => (problem = error.message));
  child.once('exit', (status) => (problem = `it ended with status ${status ?? 'none'}`));
  const limit = Date.now() + startLimitMs;
  while (!(await answers(`${url}/-/ready`))) {
    problem ??= Date.now() > limit ? 'it does not answer' : undefined;
    if (problem !== undefined) throw new Error(`Prometheus does not run: ${problem}\n${said}`);
    await delay(100);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await ended;
  clearTimeout(timer);
}

interface Answer {
  /** Of a query. */
  readonly result?: readonly unknown[];
  /** Of the rules. */
  readonly groups?: readonly { readonly rules: readonly EvaluatedRule[] }[];
}

/** The answer of Prometheus' API, or what it says is wrong. */
async function get(url: string): Promise<Answer | { readonly error: string }> {
  const response = await fetch(url, { signal: AbortSignal.timeout(answerLimitMs) });
  const body = (await response.json()) as { readonly data?: Answer; readonly error?: string };
  return body.data ?? { error: body.error ?? `status ${response.status}` };
}

/** An expression of a dashboard as Grafana sends it when the reader has chosen everything. */
const chosen = (expr: string): string => expr.replaceAll('$__rate_interval', rateInterval).replaceAll(/\$\w+(?=")/g, '.+');

/** How many series an expression gives now, or what is wrong with it. */
export async function seriesOf({ url }: Pick<Prometheus, 'url'>, expr: string): Promise<number | string> {
  const answer = await get(`${url}/api/v1/query?query=${encodeURIComponent(chosen(expr))}`);
  return 'error' in answer ? answer.error : (answer.result ?? []).length;
}

/** Every alert as it was evaluated last. */
export async function evaluatedRules({ url }: Pick<Prometheus, 'url'>): Promise<readonly EvaluatedRule[]> {
  const answer = await get(`${url}/api/v1/rules`);
  if ('error' in answer) throw new Error(`Prometheus does not tell its rules: ${answer.error}`);
  return (answer.groups ?? []).flatMap(({ rules }) => rules);
}
