import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ControlPlane } from './control-plane.ts';
import { toolPaths, type Tools } from './tools.ts';

const run = promisify(execFile);

/** The cluster of the current context, with kubectl and helm as built for the tests, or from the PATH. Its user must be an administrator. */
export async function existingCluster(): Promise<ControlPlane> {
  const tools = await clients();
  const { stdout } = await run(tools.kubectl, ['config', 'view', '--minify', '--flatten', '--raw', '-o', 'json']);
  const config = JSON.parse(stdout) as {
    readonly clusters?: readonly { readonly cluster: { readonly server: string } }[];
    readonly users?: readonly { readonly user: { readonly token?: string } }[];
  };
  await refuseInUse(tools.kubectl);
  const url = config.clusters?.[0]?.cluster.server;
  if (url === undefined) throw new Error('USE_EXISTING_CLUSTER=true, but the kubeconfig has no current context');
  const folder = mkdtempSync(path.join(tmpdir(), 'tenantsync-cluster-'));
  const kubeconfig = path.join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, stdout, { mode: 0o600 });
  return {
    url: url.replace(/\/+$/, ''),
    token: config.users?.[0]?.user.token ?? '',
    kubeconfig,
    auditLog: '',
    etcd: '',
    tools,
    close: async () => rm(folder, { recursive: true, force: true }),
  };
}

/** The tests delete all that is of TenantSync, wherever it is: a cluster where it is in use is not one for them. */
async function refuseInUse(kubectl: string): Promise<void> {
  const { stdout } = await run(kubectl, ['get', 'crd', '-o', 'name']);
  const { stdout: context } = await run(kubectl, ['config', 'current-context']);
  if (!stdout.includes('.tenantsync.dev') || process.env.TENANTSYNC_TEST_CONTEXT === context.trim()) return;
  throw new Error(
    `the cluster of the context ${context.trim()} has the CRDs of TenantSync: the tests would delete them with everything of TenantSync in all namespaces. ` +
      `If that is what you want, set TENANTSYNC_TEST_CONTEXT=${context.trim()}`,
  );
}

async function clients(): Promise<Tools> {
  const built = toolPaths();
  const [kubectl, helm] = await Promise.all([
    usable(built.kubectl, 'kubectl', ['version', '--client']),
    usable(built.helm, 'helm', ['version']),
  ]);
  return { ...built, kubectl, helm };
}

/** The client built for the tests, whose words they know, or else the one on the PATH. */
async function usable(built: string, name: string, args: readonly string[]): Promise<string> {
  if (existsSync(built)) return built;
  try {
    await run(name, args);
    return name;
  } catch (error) {
    throw new Error(`there is no usable ${name} on the PATH`, { cause: error });
  }
}
