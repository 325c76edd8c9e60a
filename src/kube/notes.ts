import { KubeError, type Notes, type ObjectKey } from '../ports/resources.ts';
import type { KubeHttp } from './http.ts';
import { apiVersionOf, collectionPath, fieldManager, objectPath, type ResourceType } from './resource-client.ts';

const configMaps: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' };

interface ConfigMap {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>> | null;
}

/** {@link Notes} in a ConfigMap, which is made with the first of them. */
export class KubeNotes implements Notes {
  readonly #http: KubeHttp;
  readonly #object: ObjectKey;

  constructor(http: KubeHttp, object: ObjectKey) {
    this.#http = http;
    this.#object = object;
  }

  async read(key: string, signal?: AbortSignal): ReturnType<Notes['read']> {
    try {
      const path = objectPath(configMaps, this.#object);
      const map = await this.#http.json<ConfigMap>({ method: 'GET', path, ...(signal === undefined ? {} : { signal }) });
      const text = map.data?.[key];
      return { version: map.metadata.resourceVersion, ...(text === undefined ? {} : { text }) };
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'NotFound') return {};
      throw error;
    }
  }

  async write(key: string, text: string, version: string | undefined, signal?: AbortSignal): Promise<void> {
    const { namespace, name } = this.#object;
    const data = { [key]: text };
    const common = { query: { fieldManager }, ...(signal === undefined ? {} : { signal }) };
    if (version !== undefined) {
      const body = { metadata: { resourceVersion: version }, data };
      const path = objectPath(configMaps, this.#object);
      await this.#http.json({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body, ...common });
      return;
    }
    const body = { apiVersion: apiVersionOf(configMaps), kind: configMaps.kind, metadata: { name, namespace }, data };
    try {
      await this.#http.json({ method: 'POST', path: collectionPath(configMaps, namespace), body, ...common });
    } catch (error) {
      if (!(error instanceof KubeError) || error.kind !== 'AlreadyExists') throw error;
      throw new KubeError('Conflict', 'others have made the notes meanwhile', { status: error.status, cause: error });
    }
  }
}
