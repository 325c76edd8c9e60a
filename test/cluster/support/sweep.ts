import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { controlPlane } from './control-plane.ts';

const run = promisify(execFile);

/** Before each test file: what an earlier one may have left in the cluster must not forbid anything to this one. */
interface Policy {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const { kubeconfig, tools } = controlPlane();
const kubectl = async (...args: string[]): Promise<string> => {
  const { stdout } = await run(tools.kubectl, ['--kubeconfig', kubeconfig, ...args], { maxBuffer: 1 << 26 });
  return stdout;
};

const kinds = 'validatingadmissionpolicies,validatingadmissionpolicybindings';
const { items } = JSON.parse(await kubectl('get', kinds, '-o', 'json')) as { items: Policy[] };
const ours = items.filter(({ metadata }) => metadata.name.includes('tenantsync') || JSON.stringify(metadata).includes('tenantsync'));
for (const { kind, metadata } of ours) await kubectl('delete', kind, metadata.name, '--ignore-not-found');
// The server goes on enforcing a policy until it has heard of its end.
if (ours.length > 0) await delay(1000);
