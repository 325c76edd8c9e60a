import { KubeError } from '../ports/resources.ts';
import type { KubeHttp } from './http.ts';

/**
 * Whether a namespace certainly does not exist, and so holds nothing: the API server itself says so, not a page of some proxy. One that
 * is being deleted still exists; whoever may not ask, or gets no answer, does not know. Never rejects.
 */
export async function namespaceIsGone(http: KubeHttp, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await http.json({ method: 'GET', path: `/api/v1/namespaces/${encodeURIComponent(name)}`, signal });
    return false;
  } catch (error) {
    return error instanceof KubeError && error.kind === 'NotFound' && error.reason === 'NotFound';
  }
}
