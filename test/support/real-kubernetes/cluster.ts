import type { RealKubernetes, RealKubernetesOptions } from './real-kubernetes.ts';

interface Plane {
  readonly kubeconfig: string;
  /** With the rights that the chart gives the operator; without it, the operator is an administrator. */
  readonly operatorKubeconfig?: string;
  readonly operatorRoles?: readonly object[];
}

/** The real API server of this worker, wiped, if the runner has started any; undefined where tests run on the embedded one. */
export const realCluster = await clusterOf(process.env);

async function clusterOf(environment: NodeJS.ProcessEnv): Promise<((options: RealKubernetesOptions) => RealKubernetes) | undefined> {
  const planes = JSON.parse(environment.TENANTSYNC_CONTROL_PLANES ?? '[]') as Plane[];
  const plane = planes[(Number(environment.JEST_WORKER_ID ?? '1') - 1) % planes.length];
  if (plane === undefined) return undefined;
  // Loaded here, because the client takes a second to load and other tests need none of it.
  const { disconnect, realKubernetes } = await import('./real-kubernetes.ts');
  afterAll(disconnect);
  const { kubeconfig, operatorKubeconfig = kubeconfig, operatorRoles = [] } = plane;
  const cluster = { kubeconfig, operatorRoles, operatorKubeconfig: environment.TENANTSYNC_OPERATOR_KUBECONFIG ?? operatorKubeconfig };
  return (options) => realKubernetes(cluster, options);
}
