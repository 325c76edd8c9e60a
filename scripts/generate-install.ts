import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { toolPaths } from '../test/cluster/support/tools.ts';

const project = new URL('../', import.meta.url).pathname;
const file = `${project}manifests/install.yaml`;
const namespace = 'tenantsync-system';

const head = `# TenantSync with the defaults of its Helm chart, for those who use no Helm: kubectl apply --server-side -f install.yaml
# Never delete with this file as it is: it holds the CRDs, and with them go all TenantPairs, SyncConfigurations and records. docs/install.md
# says how to uninstall, and how to let the operator read the Secrets of TenantPairs in other namespaces than its own.
# Generated from charts/tenantsync by npm run generate:install.
apiVersion: v1
kind: Namespace
metadata:
  name: ${namespace}
  labels:
    pod-security.kubernetes.io/enforce: restricted
`;

/** Lines that speak of Helm, which has no part in a static manifest; and of templates, whose names mean nothing here. */
const ofHelm = /^ *(helm\.sh\/(chart|resource-policy): .*|app\.kubernetes\.io\/managed-by: Helm|# Source: .*)\n/gm;
/** What is left of a map when all its entries are gone. */
const emptyAnnotations = /^( *)annotations:\n(?!\1 +\S)/gm;

/** The manifest, rendered by helm: that of the cluster tests, else the one on the PATH. Without hooks, which would run at once. */
export function installManifest(): string {
  const built = toolPaths().helm;
  const helm = existsSync(built) ? built : 'helm';
  const args = ['template', 'tenantsync', `${project}charts/tenantsync`, '--namespace', namespace, '--no-hooks'];
  const rendered = execFileSync(helm, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  return `${head}${rendered.replaceAll(ofHelm, '').replaceAll(emptyAnnotations, '')}`;
}

if (import.meta.main) {
  const text = installManifest();
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error('manifests/install.yaml is not up to date: run `npm run generate:install`, which needs helm');
    process.exitCode = 1;
  }
}
