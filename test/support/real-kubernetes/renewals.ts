import type { KubeObject, RequestRecord } from '@tenantsync/sandbox/kubernetes';

/** So many renewals stay here before one is sent. */
const absorbed = 30;

/**
 * A test lets hours pass, in which its operator renews its lease every two seconds: nine of ten requests. While only one process
 * is there to see them, most renewals that change nothing but their time are answered here, as the server would.
 */
export class Renewals {
  readonly #leases = new Map<string, { readonly object: KubeObject; count: number }>();

  /** The answer, if this is such a renewal; otherwise undefined, and the request is to be sent. */
  absorb({ method, path, body }: RequestRecord, processes: number): KubeObject | undefined {
    const known = this.#leases.get(path);
    if (known === undefined || method !== 'PUT' || body === undefined || processes !== 1 || known.count >= absorbed) return undefined;
    const renewed = JSON.parse(body) as KubeObject;
    if (comparable(renewed) !== comparable(known.object)) return undefined;
    known.count += 1;
    return { ...known.object, spec: renewed.spec };
  }

  /** The server has answered a request for a lease with this. */
  note({ path, method }: RequestRecord, object: KubeObject): void {
    if (method === 'PUT' && object.kind === 'Lease') this.#leases.set(path, { object, count: 0 });
    else this.#leases.delete(path);
  }

  /** Somebody else has written leases. */
  forget(): void {
    this.#leases.clear();
  }
}

function comparable({ metadata, spec }: KubeObject): string {
  const rest = Object.entries((spec ?? {}) as Record<string, unknown>).filter(([name]) => name !== 'renewTime');
  return JSON.stringify([metadata.resourceVersion, metadata.annotations, rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
