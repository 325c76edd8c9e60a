import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, describeSettings, loadConfig, proxyFrom } from '../../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'tenantsync-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** A configuration file with that content. */
function file(content: string): string {
  const path = join(folder, `${(files += 1)}.yaml`);
  writeFileSync(path, content);
  return path;
}

/** The message of the ConfigError that these settings lead to. */
function complaint(args: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  try {
    loadConfig(args, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the proxy to the tenants', () => {
  test.each([
    [{}, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
    [{ HTTPS_PROXY: 'http://egress.example' }, { url: 'http://egress.example', noProxy: '' }],
    [
      { https_proxy: 'http://p:1', no_proxy: 'a,b' },
      { url: 'http://p:1', noProxy: 'a,b' },
    ],
  ])('of %j is %j', (environment, expected) => {
    expect(proxyFrom(environment)).toEqual(expected);
  });

  test.each(['proxy.example:3128', 'socks5://user:hunter2@proxy', 'hunter2'])(
    'that is no URL of a proxy is refused, and not shown',
    (text) => {
      expect(() => proxyFrom({ HTTPS_PROXY: text })).toThrow(ConfigError);
      expect(() => proxyFrom({ HTTPS_PROXY: text })).toThrow(/^HTTPS_PROXY cannot be used; (?!.*hunter2)/);
    },
  );
});

describe('without any setting', () => {
  test('the defaults of the published API apply', () => {
    expect(loadConfig([], {})).toEqual({
      watchNamespaces: [],
      leaderElectionNamespace: undefined,
      leaderElection: { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 },
      shards: 1,
      metricsBindAddress: { host: undefined, port: 8080 },
      healthProbeBindAddress: { host: undefined, port: 8081 },
      logLevel: 'info',
      logFormat: 'json',
      cloudsFile: undefined,
      graphQuotaShare: 0.9,
      secretPollMs: 10_000,
      replicationWindowMs: 600_000,
      installationId: 'default',
      deciders: 'Unverified',
      identityNamespaces: undefined,
    });
  });

  test('nobody can change the configuration afterwards', () => {
    expect(Object.isFrozen(loadConfig([], {}))).toBe(true);
  });
});

/** A usable value of each setting that is not its default, and what becomes of it. */
const settings: readonly (readonly [string, string, object])[] = [
  ['watch-namespaces', 'identity, staff', { watchNamespaces: ['identity', 'staff'] }],
  ['leader-election-namespace', 'tenantsync-system', { leaderElectionNamespace: 'tenantsync-system' }],
  ['leader-election-lease-duration', '1m', { leaderElection: { durationMs: 60_000, renewDeadlineMs: 10_000, retryMs: 2_000 } }],
  ['leader-election-renew-deadline', '12s', { leaderElection: { durationMs: 15_000, renewDeadlineMs: 12_000, retryMs: 2_000 } }],
  ['leader-election-retry-period', '5s', { leaderElection: { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 5_000 } }],
  ['shards', '4', { shards: 4 }],
  ['metrics-bind-address', '127.0.0.1:9090', { metricsBindAddress: { host: '127.0.0.1', port: 9090 } }],
  ['health-probe-bind-address', '[::1]:9091', { healthProbeBindAddress: { host: '::1', port: 9091 } }],
  ['log-level', 'debug', { logLevel: 'debug' }],
  ['log-format', 'text', { logFormat: 'text' }],
  ['clouds-file', '/etc/clouds.yaml', { cloudsFile: '/etc/clouds.yaml' }],
  ['graph-quota-share', '0.5', { graphQuotaShare: 0.5 }],
  ['secret-poll-interval', '30s', { secretPollMs: 30_000 }],
  ['replication-window', '1h30m', { replicationWindowMs: 5_400_000 }],
  ['installation-id', 'emea-2', { installationId: 'emea-2' }],
  ['identity-namespaces', 'identity', { identityNamespaces: ['identity'] }],
];
const variable = (name: string): string => `TENANTSYNC_${name.toUpperCase().replaceAll('-', '_')}`;
const field = (name: string): string => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

describe.each(settings)('--%s', (name, text, expected) => {
  test('is taken from its flag', () => {
    expect(loadConfig([`--${name}`, text], {})).toMatchObject(expected);
    expect(loadConfig([`--${name}=${text}`], {})).toMatchObject(expected);
  });

  test('is taken from its twin in the environment', () => {
    expect(loadConfig([], { [variable(name)]: text })).toMatchObject(expected);
  });

  test('is taken from the file, in camelCase', () => {
    expect(loadConfig(['--config', file(`${field(name)}: ${JSON.stringify(text)}\n`)], {})).toMatchObject(expected);
  });

  test('has a line in the help', () => {
    expect(describeSettings()).toMatch(new RegExp(`^  --${name} +\\S.{8,}`, 'm'));
  });
});

describe('the timing of leader election', () => {
  test.each([
    ['--leader-election-renew-deadline=15s', 'must be shorter than --leader-election-lease-duration'],
    ['--leader-election-lease-duration=10s', 'must be shorter than --leader-election-lease-duration'],
    ['--leader-election-retry-period=5001ms', 'must be at most half of --leader-election-renew-deadline'],
    ['--leader-election-retry-period=500ms', 'expected a duration from 1s to 5m'],
  ])('%s is refused: two holders at once, or a term that one lost renewal ends', (flag, message) => {
    expect(() => loadConfig([flag], {})).toThrow(ConfigError);
    expect(() => loadConfig([flag], {})).toThrow(message);
  });
});

describe('where a setting comes from', () => {
  const path = file('shards: 2\nlogLevel: warn\nlogFormat: text\n');

  test('a flag wins over the environment, the environment over the file, the file over the default', () => {
    const config = loadConfig(['--config', path, '--shards', '4'], { TENANTSYNC_SHARDS: '3', TENANTSYNC_LOG_LEVEL: 'error' });
    expect(config).toMatchObject({ shards: 4, logLevel: 'error', logFormat: 'text', graphQuotaShare: 0.9 });
  });

  test('the file itself can be named in the environment', () => {
    expect(loadConfig([], { TENANTSYNC_CONFIG: path })).toMatchObject({ shards: 2, logLevel: 'warn' });
  });

  test('a list in the file is a list', () => {
    const config = loadConfig(['--config', file('watchNamespaces: [identity, staff]\n')], {});
    expect(config.watchNamespaces).toEqual(['identity', 'staff']);
  });

  test('other variables of the environment mean nothing', () => {
    expect(loadConfig([], { SHARDS: '4', TENANTSYNC_NONSENSE: 'x' }).shards).toBe(1);
  });
});

describe('what cannot be used is refused with the name of the setting:', () => {
  test.each([
    ['watch-namespaces', 'Identity', 'names of namespaces, separated by commas'],
    ['watch-namespaces', '*', 'names of namespaces, separated by commas'],
    ['shards', '0', 'a whole number from 1 to 256'],
    ['shards', '1.5', 'a whole number from 1 to 256'],
    ['shards', '257', 'a whole number from 1 to 256'],
    ['shards', 'many', 'a whole number from 1 to 256'],
    ['shards', ' ', 'a whole number from 1 to 256'],
    ['metrics-bind-address', '8080', 'host:port, :port or 0'],
    ['metrics-bind-address', ':70000', 'host:port, :port or 0'],
    ['health-probe-bind-address', 'localhost', 'host:port, :port or 0'],
    ['log-level', 'verbose', 'error, warn, info or debug'],
    ['log-format', 'xml', 'json or text'],
    ['graph-quota-share', '0', 'a number from 0.01 to 1'],
    ['graph-quota-share', '1.1', 'a number from 0.01 to 1'],
    ['replication-window', '30s', 'a duration from 1m to 24h'],
    ['replication-window', '25h', 'a duration from 1m to 24h'],
    ['replication-window', '10', 'a duration from 1m to 24h'],
    ['identity-namespaces', 'a/b', 'names of namespaces, separated by commas'],
  ])('--%s %s', (name, text, expected) => {
    expect(complaint([`--${name}`, text])).toContain(`--${name}: ${JSON.stringify(text)} cannot be used; expected ${expected}`);
    expect(complaint([], { [variable(name)]: text })).toContain(`--${name}:`);
  });

  test('an unknown flag', () => {
    expect(complaint(['--shard', '4'])).toContain("'--shard'");
  });

  test('an argument that is no flag', () => {
    expect(complaint(['run'])).toContain("'run'");
  });

  test('a flag without its value', () => {
    expect(complaint(['--shards'])).toContain('--shards');
  });

  test('a file that is not there', () => {
    expect(complaint(['--config', '/nowhere/config.yaml'])).toContain('--config: /nowhere/config.yaml cannot be read as YAML');
  });

  test.each([
    ['shards: [1', 'cannot be read as YAML'],
    ['- shards', 'must hold a mapping of settings'],
    ['just text', 'must hold a mapping of settings'],
    ['sharts: 4', 'unknown field sharts'],
    ['config: other.yaml', 'unknown field config'],
    ['shards: {count: 4}', 'shards must be a plain value'],
    ['shards: null', 'shards must be a plain value'],
    ['shards: 0', '--shards: "0" cannot be used'],
  ])('a file with %s', (content, message) => {
    expect(complaint(['--config', file(content)])).toContain(message);
  });
});

test.each(['metrics-bind-address', 'health-probe-bind-address'])('--%s 0 switches that server off', (name) => {
  const config = loadConfig([`--${name}`, '0'], {});
  expect(name.startsWith('metrics') ? config.metricsBindAddress : config.healthProbeBindAddress).toBeUndefined();
});

test('the help names the default of each setting that has one', () => {
  expect(describeSettings()).toContain('--graph-quota-share');
  for (const fallback of ['1', ':8080', ':8081', 'info', 'json', '0.9', '10m'])
    expect(describeSettings()).toContain(`(default ${fallback})`);
});

test('takes an empty variable as not set', () => {
  expect(loadConfig([], { TENANTSYNC_SHARDS: '' }).shards).toBe(1);
});

test('refuses more than one namespace for the leases, and numbers that are not decimal', () => {
  expect(() => loadConfig(['--leader-election-namespace', 'a,b'], {})).toThrow('--leader-election-namespace');
  expect(() => loadConfig(['--shards', '0x10'], {})).toThrow('--shards');
});
