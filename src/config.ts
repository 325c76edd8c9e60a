import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { load } from 'js-yaml';
import type { Authorship } from './core/guard/decider.ts';
import { parseDuration } from './core/duration.ts';
import type { LeaseTiming } from './kube/lease.ts';
import { parseBindAddress } from './telemetry/http-server.ts';

type BindAddress = NonNullable<ReturnType<typeof parseBindAddress>>;

/** The operator's own configuration, checked and frozen. */
export interface OperatorConfig {
  /** Empty: all namespaces. */
  readonly watchNamespaces: readonly string[];
  readonly leaderElectionNamespace: string | undefined;
  readonly leaderElection: Pick<LeaseTiming, 'durationMs' | 'renewDeadlineMs' | 'retryMs'>;
  readonly shards: number;
  readonly metricsBindAddress: BindAddress | undefined;
  readonly healthProbeBindAddress: BindAddress | undefined;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  readonly logFormat: 'json' | 'text';
  readonly cloudsFile: string | undefined;
  readonly graphQuotaShare: number;
  readonly secretPollMs: number;
  readonly replicationWindowMs: number;
  /** Name of this installation, as the ownership anchors carry it. */
  readonly installationId: string;
  /** Whether an admission policy holds tenantsync.dev/decided-by to the user who writes it. */
  readonly deciders: Authorship;
  /** Undefined: the operator's own namespace. */
  readonly identityNamespaces: readonly string[] | undefined;
}

/**
 * The proxy for the tenants' hosts, from the usual HTTPS_PROXY and NO_PROXY; undefined: they are reached directly. The URL may hold a password, so
 * that no error shows it. Throws ConfigError.
 */
export function proxyFrom(
  environment: Readonly<Record<string, string | undefined>>,
): { readonly url: string; readonly noProxy: string } | undefined {
  const url = environment.HTTPS_PROXY ?? environment.https_proxy ?? '';
  if (url === '') return undefined;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new ConfigError('HTTPS_PROXY cannot be used; expected the URL of a proxy, which begins with http:// or https://');
  return { url, noProxy: environment.NO_PROXY ?? environment.no_proxy ?? '' };
}

/** A setting that cannot be used: which one, what is wrong, and what would do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

interface Setting<T> {
  readonly help: string;
  readonly fallback: string;
  readonly parse: (text: string) => T | undefined;
  /** What a usable value looks like. */
  readonly expected: string;
}

const oneOf =
  <T extends string>(...values: readonly T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text);

const list = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
const number =
  (low: number, high: number, whole: boolean) =>
  (text: string): number | undefined => {
    const value = Number(text);
    return /^[0-9]+(\.[0-9]+)?$/.test(text) && value >= low && value <= high && (!whole || Number.isInteger(value)) ? value : undefined;
  };
const namespaces = (text: string): readonly string[] | undefined => {
  const names = list(text);
  return names.every((name) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) ? names : undefined;
};
const oneNamespace = (text: string): readonly string[] | undefined => (list(text).length <= 1 ? namespaces(text) : undefined);
/** `0` switches a server off, as in controller-runtime. */
const address = (text: string): BindAddress | 'off' | undefined => (text === '0' ? 'off' : parseBindAddress(text));

const settings = {
  'watch-namespaces': {
    help: 'namespaces to watch, separated by commas; all when empty',
    fallback: '',
    parse: namespaces,
    expected: 'names of namespaces, separated by commas',
  },
  'leader-election-namespace': {
    help: 'namespace of the Leases; the own one when empty',
    fallback: '',
    parse: oneNamespace,
    expected: 'the name of a namespace',
  },
  'leader-election-lease-duration': {
    help: 'how long others wait, after they last saw a Lease renewed, before they take it over',
    fallback: '15s',
    parse: (text: string) => inRange(parseDuration(text), 3_000, 600_000),
    expected: 'a duration from 3s to 10m, such as 15s',
  },
  'leader-election-renew-deadline': {
    help: 'how long after its last renewal the holder of a Lease still acts; shorter than the duration',
    fallback: '10s',
    parse: (text: string) => inRange(parseDuration(text), 2_000, 600_000),
    expected: 'a duration from 2s to 10m, such as 10s',
  },
  'leader-election-retry-period': {
    help: 'time between renewals; at most half of the renew deadline',
    fallback: '2s',
    parse: (text: string) => inRange(parseDuration(text), 1_000, 300_000),
    expected: 'a duration from 1s to 5m, such as 2s',
  },
  shards: {
    help: 'number of shards that replicas share',
    fallback: '1',
    parse: number(1, 256, true),
    expected: 'a whole number from 1 to 256',
  },
  'metrics-bind-address': {
    help: 'where /metrics is served; 0 switches it off',
    fallback: ':8080',
    parse: address,
    expected: 'host:port, :port or 0',
  },
  'health-probe-bind-address': {
    help: 'where /healthz and /readyz are served; 0 switches them off',
    fallback: ':8081',
    parse: address,
    expected: 'host:port, :port or 0',
  },
  'log-level': {
    help: 'error, warn, info or debug',
    fallback: 'info',
    parse: oneOf('error', 'warn', 'info', 'debug'),
    expected: 'error, warn, info or debug',
  },
  'log-format': { help: 'json or text', fallback: 'json', parse: oneOf('json', 'text'), expected: 'json or text' },
  'clouds-file': {
    help: 'YAML file that defines further clouds',
    fallback: '',
    parse: (text: string) => text,
    expected: 'the path of a file',
  },
  'graph-quota-share': {
    help: 'share of the documented Graph quota to use',
    fallback: '0.9',
    parse: number(0.01, 1, false),
    expected: 'a number from 0.01 to 1',
  },
  'secret-poll-interval': {
    help: 'how often the Secrets that a TenantPair signs in with are looked at for a change',
    fallback: '10s',
    parse: (text: string) => inRange(parseDuration(text), 1_000, 86_400_000),
    expected: 'a duration from 1s to 24h, such as 10s',
  },
  'replication-window': {
    help: 'how long a target is searched before a lost creation is repeated',
    fallback: '10m',
    parse: (text: string) => inRange(parseDuration(text), 60_000, 86_400_000),
    expected: 'a duration from 1m to 24h, such as 10m',
  },
  'installation-id': {
    help: 'name of this installation in the ownership anchors; accounts of another one are never written',
    fallback: 'default',
    parse: (text: string) => (/^[a-z0-9-]{1,32}$/.test(text) ? text : undefined),
    expected: '1 to 32 of a-z, 0-9 and -',
  },
  deciders: {
    help: 'Verified where an admission policy holds tenantsync.dev/decided-by to the user who writes it, else Unverified',
    fallback: 'Unverified',
    parse: oneOf('Verified', 'Unverified'),
    expected: 'Verified or Unverified',
  },
  'identity-namespaces': {
    help: "namespaces whose TenantPairs may use the operator's own identity; the own one when empty",
    fallback: '',
    parse: namespaces,
    expected: 'names of namespaces, separated by commas',
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type Name = keyof typeof settings;

const inRange = (value: number | undefined, low: number, high: number): number | undefined =>
  value !== undefined && value >= low && value <= high ? value : undefined;

const environmentName = (name: Name): string => `TENANTSYNC_${name.toUpperCase().replaceAll('-', '_')}`;

/** Lines for --help. */
export function describeSettings(): string {
  return (Object.keys(settings) as Name[])
    .map(
      (name) =>
        `  --${name.padEnd(32)} ${settings[name].help}${settings[name].fallback === '' ? '' : ` (default ${settings[name].fallback})`}`,
    )
    .join('\n');
}

function readFlags(args: readonly string[]): Partial<Record<Name | 'config', string>> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: Object.fromEntries([...Object.keys(settings), 'config'].map((name) => [name, { type: 'string' as const }])),
      allowPositionals: false,
    });
    return values;
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
}

/** The settings of a configuration file, by flag name. */
function readFile(path: string): Partial<Record<Name, string>> {
  let content: unknown;
  try {
    content = load(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`--config: ${path} cannot be read as YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw new ConfigError(`--config: ${path} must hold a mapping of settings`);
  const known: Partial<Record<Name, string>> = {};
  for (const [field, value] of Object.entries(content)) {
    const name = field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (!Object.hasOwn(settings, name)) throw new ConfigError(`--config: ${path}: unknown field ${field}`);
    if (typeof value === 'object' && !Array.isArray(value)) throw new ConfigError(`--config: ${path}: ${field} must be a plain value`);
    known[name as Name] = Array.isArray(value) ? value.join(',') : String(value);
  }
  return known;
}

/** Throws ConfigError where a holder could still act when others take over, or one lost renewal would end its term. */
function checkLeaderElection({ durationMs, renewDeadlineMs, retryMs }: OperatorConfig['leaderElection']): void {
  if (renewDeadlineMs >= durationMs)
    throw new ConfigError(
      '--leader-election-renew-deadline must be shorter than --leader-election-lease-duration: two replicas would act at once',
    );
  if (retryMs * 2 > renewDeadlineMs)
    throw new ConfigError(
      '--leader-election-retry-period must be at most half of --leader-election-renew-deadline: one renewal that fails would lose the Lease',
    );
}

/** Flags win over the environment, the environment over the file, the file over the defaults. Throws ConfigError. */
export function loadConfig(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): OperatorConfig {
  const flags = readFlags(args);
  const file = flags.config ?? environment.TENANTSYNC_CONFIG;
  const fromFile = file === undefined ? {} : readFile(file);
  const value = <N extends Name>(name: N): Exclude<ReturnType<(typeof settings)[N]['parse']>, undefined> => {
    const { fallback, parse, expected } = settings[name];
    // An empty variable is how charts and shells say that nothing is set.
    const variable = environment[environmentName(name)];
    const text = flags[name] ?? (variable === '' ? undefined : variable) ?? fromFile[name] ?? fallback;
    const parsed = parse(text);
    if (parsed === undefined) throw new ConfigError(`--${name}: ${JSON.stringify(text)} cannot be used; expected ${expected}`);
    return parsed as Exclude<ReturnType<(typeof settings)[N]['parse']>, undefined>;
  };
  const served = (parsed: BindAddress | 'off'): BindAddress | undefined => (parsed === 'off' ? undefined : parsed);
  const leaderElection = {
    durationMs: value('leader-election-lease-duration'),
    renewDeadlineMs: value('leader-election-renew-deadline'),
    retryMs: value('leader-election-retry-period'),
  };
  checkLeaderElection(leaderElection);
  const identity = value('identity-namespaces');
  const cloudsFile = value('clouds-file');
  return Object.freeze({
    watchNamespaces: value('watch-namespaces'),
    leaderElectionNamespace: value('leader-election-namespace')[0],
    leaderElection,
    shards: value('shards'),
    metricsBindAddress: served(value('metrics-bind-address')),
    healthProbeBindAddress: served(value('health-probe-bind-address')),
    logLevel: value('log-level'),
    logFormat: value('log-format'),
    cloudsFile: cloudsFile === '' ? undefined : cloudsFile,
    graphQuotaShare: value('graph-quota-share'),
    secretPollMs: value('secret-poll-interval'),
    replicationWindowMs: value('replication-window'),
    installationId: value('installation-id'),
    deciders: value('deciders'),
    identityNamespaces: identity.length === 0 ? undefined : identity,
  });
}
