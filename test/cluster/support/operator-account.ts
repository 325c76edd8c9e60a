import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ControlPlane } from './control-plane.ts';

const run = promisify(execFile);
const chart = fileURLToPath(new URL('../../../charts/tenantsync', import.meta.url));

/** Where the operator of the behaviour tests is at home. */
const namespace = 'tenantsync-system';
const release = 'behaviour';
const account = `${release}-tenantsync`;
const user = `system:serviceaccount:${namespace}:${account}`;

/**
 * Gives the operator of the behaviour tests what the chart gives it: a ServiceAccount and its rights. Gives the path of a kubeconfig
 * with its token.
 */
export async function operatorAccount({ kubeconfig, tools }: ControlPlane): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tenantsync-account-'));
  const kubectl = async (...args: string[]): Promise<string> => (await run(tools.kubectl, ['--kubeconfig', kubeconfig, ...args])).stdout;
  const only = ['--show-only', 'templates/serviceaccount.yaml', '--show-only', 'templates/rbac.yaml'];
  // As many shards as a test has.
  const args = ['template', release, chart, '--namespace', namespace, '--set', 'shards=16', ...only];
  const { stdout: rights } = await run(tools.helm, args);
  const home = `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${namespace}\n`;
  const manifest = path.join(folder, 'rights.yaml');
  writeFileSync(manifest, `${home}---\n${rights}`);
  await kubectl('apply', '--server-side', '--force-conflicts', '-f', manifest);
  const token = (await kubectl('create', 'token', account, '-n', namespace, '--duration', '12h')).trim();
  const config = JSON.parse(await kubectl('config', 'view', '--raw', '--flatten', '--minify', '-o', 'json')) as {
    users: { user: object }[];
  };
  for (const entry of config.users) entry.user = { token };
  const file = path.join(folder, 'kubeconfig');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What the operator of the behaviour tests asked for without having the right to. */
export function forbiddenRequests({ auditLog }: Pick<ControlPlane, 'auditLog'>): readonly string[] {
  if (auditLog === '') return [];
  const found = readFileSync(auditLog, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"forbid"') && line.includes(user))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => event.user.username === user && event.annotations?.['authorization.k8s.io/decision'] === 'forbid')
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
  return [...new Set(found)];
}
