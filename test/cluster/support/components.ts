import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';

/** Where the parts of one control plane listen. */
export interface Ports {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly api: number;
}

/** Ports nobody listens on now. Somebody may before they are used: then the start is repeated with others. */
export async function freePorts(): Promise<Ports> {
  const servers = await Promise.all(
    [0, 1, 2].map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const [etcdClient = 0, etcdPeer = 0, api = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return { etcdClient, etcdPeer, api };
}

/** What the parts read and write. */
export interface Files {
  readonly folder: string;
  readonly adminToken: string;
  readonly kubeconfig: string;
  readonly kubeconfigOf: Readonly<Record<(typeof components)[number], string>>;
  readonly certificates: string;
  readonly tokens: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
}

const components = ['kube-controller-manager', 'kube-scheduler', 'kwok'] as const;

/** Written down: the requests of everybody but the control plane itself and the administrator of the tests. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['admin', 'system:apiserver', ...components] },
    { level: 'None', userGroups: ['system:nodes'] },
    { level: 'Metadata' },
  ],
};

/** Keys, tokens and configurations of a new control plane in its folder. */
export function writeFiles(folder: string, ports: Ports): Files {
  const file = (name: string, content: string): string => {
    const full = path.join(folder, name);
    writeFileSync(full, content, { mode: 0o600 });
    return full;
  };
  const certificates = path.join(folder, 'certificates');
  mkdirSync(certificates);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const users = ['admin', ...components] as const;
  const tokens = new Map<string, string>(users.map((user) => [user, randomBytes(24).toString('hex')]));
  const tokenOf = (user: (typeof users)[number]): string => tokens.get(user) ?? '';
  const kubeconfig = (user: (typeof users)[number]): string =>
    file(`${user}.kubeconfig`, JSON.stringify(kubeconfigFor(ports, path.join(certificates, 'apiserver.crt'), user, tokenOf(user))));
  return {
    folder,
    adminToken: tokenOf('admin'),
    kubeconfig: kubeconfig('admin'),
    kubeconfigOf: {
      'kube-controller-manager': kubeconfig('kube-controller-manager'),
      'kube-scheduler': kubeconfig('kube-scheduler'),
      kwok: kubeconfig('kwok'),
    },
    certificates,
    tokens: file('tokens.csv', users.map((user) => `${tokenOf(user)},${user},${user},"system:masters"\n`).join('')),
    serviceAccountKey: file('service-accounts.key', privateKey.export({ type: 'pkcs1', format: 'pem' }) as string),
    serviceAccountPublicKey: file('service-accounts.pub', publicKey.export({ type: 'spki', format: 'pem' }) as string),
    auditPolicy: file('audit-policy.json', JSON.stringify(auditPolicy)),
    auditLog: path.join(folder, 'audit.log'),
  };
}

function kubeconfigFor(ports: Ports, certificate: string, user: string, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'tests',
    clusters: [{ name: 'tests', cluster: { server: `https://127.0.0.1:${ports.api}`, 'certificate-authority': certificate } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'tests', context: { cluster: 'tests', user, namespace: 'default' } }],
  };
}

export function etcdArgs(folder: string, ports: Ports): string[] {
  const client = `http://127.0.0.1:${ports.etcdClient}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    `--data-dir=${path.join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // What is stored need not survive the machine.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function apiserverArgs(files: Files, ports: Ports): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcdClient}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.api}`,
    `--cert-dir=${files.certificates}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--audit-policy-file=${files.auditPolicy}`,
    `--audit-log-path=${files.auditLog}`,
    // A test reads what was asked as soon as it was answered.
    '--audit-log-mode=blocking',
  ];
}

export function controllerManagerArgs(files: Files): string[] {
  return [
    `--kubeconfig=${files.kubeconfigOf['kube-controller-manager']}`,
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${path.join(files.certificates, 'apiserver.crt')}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--kube-api-qps=200',
    '--kube-api-burst=400',
  ];
}

export function schedulerArgs(files: Files): string[] {
  return [`--kubeconfig=${files.kubeconfigOf['kube-scheduler']}`, '--leader-elect=false', '--secure-port=0'];
}

export function kwokArgs(files: Files, stages: string): string[] {
  return [`--kubeconfig=${files.kubeconfigOf.kwok}`, '--manage-all-nodes', '--node-lease-duration-seconds=40', `--config=${stages}`];
}
