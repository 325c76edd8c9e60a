import { ConfigError } from '../config.ts';
import { loadKubeConfig } from '../kube/kubeconfig.ts';
import { kubeTransport, type KubeTransport } from '../kube/transport.ts';
import { systemClock } from '../system.ts';

/** The way of a process of ours to Kubernetes. Throws ConfigError, in one sentence, where there is none. */
export function wayToKubernetes(environment: NodeJS.ProcessEnv): KubeTransport {
  try {
    return kubeTransport(loadKubeConfig({ environment }), systemClock);
  } catch (error) {
    const why = (error as Error).message;
    throw new ConfigError(
      `there is no way to Kubernetes (${why}). In a pod none is needed to be named; elsewhere KUBECONFIG names a file.`,
    );
  }
}
