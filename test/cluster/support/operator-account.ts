import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadAll } from 'js-yaml';
import type { ControlPlane } from './control-plane.ts';

const run = promisify(execFile);
const chart = fileURLToPath(new URL('../../../charts/tenantsync', import.meta.url));

/** Where the operator of the behaviour tests is at home. */
const namespace = 'tenantsync-system';
const release = 'behaviour';
const account = `${release}-tenantsync`;
const user = `system:serviceaccount:${namespace}:${account}`;

/** Whom the operator of the behaviour tests is, on a control plane. */
export interface OperatorAccount {
  /** Path of a kubeconfig with its token. */
  readonly operatorKubeconfig: string;
  /** Its Roles in watched namespaces, which go with a namespace that a test deletes. */
  readonly operatorRoles: readonly object[];
}

/**
 * Gives the operator of the behaviour tests what the chart gives it: a ServiceAccount and its rights, in all namespaces or in those of
 * TENANTSYNC_WATCH_NAMESPACES; then with the policy that narrows what it may do elsewhere. The policy that keeps others from
 * UserProjections is left out: the tests play those others.
 */
export async function operatorAccount({ kubeconfig, tools }: ControlPlane): Promise<OperatorAccount> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tenantsync-account-'));
  const kubectl = async (...args: string[]): Promise<string> => (await run(tools.kubectl, ['--kubeconfig', kubeconfig, ...args])).stdout;
  const watched = (process.env.TENANTSYNC_WATCH_NAMESPACES ?? '').split(',').filter((name) => name !== '');
  const templates = ['serviceaccount', 'rbac', ...(watched.length > 0 ? ['let-go-policy'] : [])];
  const only = templates.flatMap((template) => ['--show-only', `templates/${template}.yaml`]);
  // As many shards as a test has, and credentials in its namespaces.
  const rbac = { credentialNamespaces: ['*'], serviceAccountTokens: { enabled: true } };
  const values = ['--set-json', `shards=16,watchNamespaces=${JSON.stringify(watched)},rbac=${JSON.stringify(rbac)}`];
  const args = ['template', release, chart, '--namespace', namespace, ...values, ...only];
  const { stdout: rights } = await run(tools.helm, args);
  const objects = (loadAll(rights) as (Rendered | null)[]).filter((object) => object !== null);
  const elsewhere = objects.filter(({ metadata }) => metadata.namespace !== undefined && metadata.namespace !== namespace);
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const manifest = path.join(folder, 'rights.json');
  const items = [home, ...objects.filter((object) => !elsewhere.includes(object))];
  writeFileSync(manifest, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', manifest);
  const token = (await kubectl('create', 'token', account, '-n', namespace, '--duration', '12h')).trim();
  const config = JSON.parse(await kubectl('config', 'view', '--raw', '--flatten', '--minify', '-o', 'json')) as {
    users: { user: object }[];
  };
  for (const entry of config.users) entry.user = { token };
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return { operatorKubeconfig: file, operatorRoles: elsewhere };
}

interface Rendered {
  readonly metadata: { readonly namespace?: string };
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * What the operator of the behaviour tests asked for without having the right to. Nothing is said of one of single namespaces: its
 * Roles go with the namespaces that tests delete.
 */
export function forbiddenRequests({ auditLog }: Pick<ControlPlane, 'auditLog'>): readonly string[] {
  if (auditLog === '' || process.env.TENANTSYNC_WATCH_NAMESPACES) return [];
  const found = readFileSync(auditLog, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"forbid"') && line.includes(user))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => event.user.username === user && event.annotations?.['authorization.k8s.io/decision'] === 'forbid')
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
  return [...new Set(found)];
}
