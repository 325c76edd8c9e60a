import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node';
// The parts alone: the package as a whole brings the types of all of Kubernetes, and takes a third of the operator's memory.
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';
import { FileAuth } from '@kubernetes/client-node/dist/file_auth.js';
import { load, YAMLException } from 'js-yaml';

/** What a kubeconfig says. The KubeConfig of client-node is one. */
export interface KubeConfigData {
  readonly clusters: readonly Cluster[];
  readonly contexts: readonly Context[];
  readonly users: readonly User[];
  readonly currentContext: string;
}

/** The cluster, user and namespace of the current context. */
export interface CurrentContext {
  readonly cluster: Cluster;
  readonly user: User | undefined;
  readonly namespace: string | undefined;
}

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The configuration to use: the file named, else what KUBECONFIG names, else in a pod its own ServiceAccount, else
 * ~/.kube/config. `context` chooses another than the current one. Throws for a file that cannot be read.
 */
export function loadKubeConfig(options: {
  readonly file?: string;
  readonly context?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): KubeConfigData {
  const { file, context, environment } = options;
  const config = file === undefined ? fromEnvironment(environment) : fromFile(file);
  return context === undefined ? config : { ...config, currentContext: context };
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): KubeConfigData {
  const files = (environment.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '');
  if (files.length > 0) return merged(files.map(fromFile));
  if (environment.KUBERNETES_SERVICE_HOST) return fromPod(environment);
  const home = path.join(homedir(), '.kube', 'config');
  return existsSync(home) ? fromFile(home) : { clusters: [], contexts: [], users: [], currentContext: '' };
}

/** As kubectl merges them: what a file says first, counts. */
function merged(configs: readonly KubeConfigData[]): KubeConfigData {
  return {
    clusters: configs.flatMap(({ clusters }) => clusters),
    contexts: configs.flatMap(({ contexts }) => contexts),
    users: configs.flatMap(({ users }) => users),
    currentContext: configs.find(({ currentContext }) => currentContext !== '')?.currentContext ?? '',
  };
}

/** What the YAML of a file says. A parser's own error quotes the lines around the mistake, and with them tokens and keys: it goes no further. */
function contentOf(file: string): Readonly<Record<string, unknown>> | null | undefined {
  const text = readFileSync(file, 'utf8');
  let line = 0;
  try {
    return load(text) as Readonly<Record<string, unknown>> | null | undefined;
  } catch (error) {
    if (error instanceof YAMLException) line = (error.mark?.line ?? 0) + 1;
  }
  throw new Error(`the kubeconfig ${file} is no YAML, see line ${line}`);
}

function fromFile(file: string): KubeConfigData {
  const content = contentOf(file);
  const current = content?.['current-context'];
  const folder = path.dirname(file);
  const absolute = (name: string | null | undefined): string | undefined => (name ? path.resolve(folder, name) : undefined);
  return {
    clusters: newClusters(content?.clusters).map((cluster) => withMember(cluster, 'caFile', absolute(cluster.caFile))),
    contexts: newContexts(content?.contexts),
    users: newUsers(content?.users).map((user) =>
      withMember(withMember(user, 'certFile', absolute(user.certFile)), 'keyFile', absolute(user.keyFile)),
    ),
    currentContext: typeof current === 'string' ? current : '',
  };
}

const withMember = <T, K extends keyof T>(of: T, name: K, value: T[K] | undefined): T =>
  value === undefined ? of : { ...of, [name]: value };

/** A pod's own ServiceAccount: the token rotates in its file. */
function fromPod({
  KUBERNETES_SERVICE_HOST: host = '',
  KUBERNETES_SERVICE_PORT: port = '443',
}: Readonly<Record<string, string | undefined>>): KubeConfigData {
  const namespaceFile = `${serviceAccount}/namespace`;
  const namespace = existsSync(namespaceFile) ? { namespace: readFileSync(namespaceFile, 'utf8').trim() } : {};
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return {
    clusters: [{ name: 'pod', server, caFile: `${serviceAccount}/ca.crt`, skipTLSVerify: false }],
    contexts: [{ name: 'pod', cluster: 'pod', user: 'pod', ...namespace }],
    users: [{ name: 'pod', authProvider: { name: 'tokenFile', config: { tokenFile: `${serviceAccount}/token` } } }],
    currentContext: 'pod',
  };
}

/** What the current context names. Throws when it names no cluster. */
export function currentOf({ clusters, contexts, users, currentContext }: KubeConfigData): CurrentContext {
  const context = contexts.find(({ name }) => name === currentContext);
  const cluster = clusters.find(({ name }) => name === context?.cluster);
  if (cluster === undefined) throw new Error('the kubeconfig has no current cluster');
  return { cluster, user: users.find(({ name }) => name === context?.user), namespace: context?.namespace };
}

/** Looks credentials up, as often as it is asked. What it has got from a file or a plugin it keeps for as long as that says. */
export class Authenticator {
  readonly #current: CurrentContext;
  readonly #exec = new ExecAuth();
  readonly #file = new FileAuth();

  constructor(current: CurrentContext) {
    this.#current = current;
  }

  /** TLS material and headers for a request to the cluster, in the words of node:https. */
  async options(): Promise<RequestOptions> {
    const { cluster, user } = this.#current;
    const options: RequestOptions = {
      headers: user?.impersonateUser ? { 'Impersonate-User': user.impersonateUser } : {},
      ...trustIn(cluster),
      ...(user === undefined ? {} : ownMaterial(user)),
    };
    if (user !== undefined) await this.#authenticate(user, options);
    if (user?.token) options.headers = { ...(options.headers as Record<string, string>), Authorization: `Bearer ${user.token}` };
    return options;
  }

  async #authenticate(user: User, options: RequestOptions): Promise<void> {
    if (this.#exec.isAuthProvider(user)) await this.#exec.applyAuthentication(user, options);
    else if (this.#file.isAuthProvider(user)) await this.#file.applyAuthentication(user, options);
    else if (user.authProvider) {
      // The providers that kubectl has given up, or nearly: whoever has one has memory for them.
      const { KubeConfig } = await import('@kubernetes/client-node');
      const whole = new KubeConfig();
      const { cluster } = this.#current;
      // client-node refuses plain HTTP unless TLS is not verified; kubectl does not (a local proxy).
      whole.loadFromClusterAndUser({ ...cluster, skipTLSVerify: cluster.skipTLSVerify || cluster.server.startsWith('http:') }, user);
      await whole.applyToHTTPSOptions(options);
    }
  }
}

/** By what the cluster is known. */
function trustIn({ caFile, caData, skipTLSVerify, tlsServerName }: Cluster): RequestOptions {
  const ca = material(caFile, caData);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(skipTLSVerify ? { rejectUnauthorized: false } : {}),
    ...(tlsServerName ? { servername: tlsServerName } : {}),
  };
}

/** What the kubeconfig itself has of a user. */
function ownMaterial({ certFile, certData, keyFile, keyData, username, password }: User): RequestOptions {
  const [cert, key] = [material(certFile, certData), material(keyFile, keyData)];
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(username ? { auth: `${username}:${password ?? ''}` } : {}),
  };
}

/** The content of a file, or of base64. */
function material(file: string | null | undefined, data: string | null | undefined): Buffer | undefined {
  if (file) return readFileSync(file);
  return data ? Buffer.from(data, 'base64') : undefined;
}
