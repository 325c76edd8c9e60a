import { controlPlanesVariable, startControlPlane, type ControlPlane } from './control-plane.ts';
import { forbiddenRequests, operatorAccount } from './operator-account.ts';

const started: ControlPlane[] = [];

/** Jest's global setup: a control plane for each worker; what the workers need to know of them goes into the environment. */
export default async function setUp({ maxWorkers }: { readonly maxWorkers: number }): Promise<void> {
  const began = performance.now();
  // A fifth of the time of kube-apiserver, kubectl and helm is garbage collection, and memory is not what is short here.
  process.env.GOGC ??= '300';
  const count = process.env.USE_EXISTING_CLUSTER === 'true' ? 1 : maxWorkers;
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const starting = await Promise.allSettled(Array.from({ length: count }, () => startControlPlane({ say })));
  for (const result of starting) if (result.status === 'fulfilled') started.push(result.value);
  for (const result of starting) if (result.status === 'rejected') throw result.reason;
  // A schedule takes four times as long as on the embedded API.
  process.env.TENANTSYNC_CHAOS_RUNS ??= '20';
  const planes = await Promise.all(started.map(async (plane) => ({ ...plane, ...(await operatorAccount(plane)) })));
  process.env[controlPlanesVariable] = JSON.stringify(planes);
  say(`Control planes: ${started.map(({ url }) => url).join(', ')} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}

/** Jest's global teardown. */
export async function tearDown(): Promise<void> {
  const forbidden = started.flatMap(forbiddenRequests);
  await Promise.all(started.map((plane) => plane.close()));
  if (forbidden.length > 0) throw new Error(`the chart does not give the operator the right to\n  ${forbidden.join('\n  ')}`);
}
