import { readFileSync } from 'node:fs';

/** Namespace of the pod the process runs in, or that of the kubeconfig's context. */
export function ownNamespace(contextNamespace: string | undefined): string {
  try {
    return readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim();
  } catch {
    return contextNamespace ?? 'default';
  }
}
