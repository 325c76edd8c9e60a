import { KubeError, type Notes, type ObjectKey } from '../ports/resources.ts';
import type { KubeHttp } from './http.ts';
import { apiVersionOf, collectionPath, fieldManager, objectPath, type ResourceType } from './resource-client.ts';

const configMaps: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' };

interface ConfigMap {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>> | null;
}

/** The texts in one ConfigMap. Failures are KubeError. */
export class ConfigMapTexts {
  readonly #http: KubeHttp;
  readonly #object: ObjectKey;

  constructor(http: KubeHttp, object: ObjectKey) {
    this.#http = http;
    this.#object = object;
  }

  /** Undefined: there is no such ConfigMap. */
  async read(signal?: AbortSignal): Promise<ConfigMap | undefined> {
    try {
      const path = objectPath(configMaps, this.#object);
      return await this.#http.json<ConfigMap>({ method: 'GET', path, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'NotFound') return undefined;
      throw error;
    }
  }

  async holds(key: string, signal?: AbortSignal): Promise<boolean> {
    return (await this.read(signal))?.data?.[key] !== undefined;
  }

  /** Merges into the ConfigMap; false: there is none. */
  async patch(body: object, signal?: AbortSignal): Promise<boolean> {
    try {
      const path = objectPath(configMaps, this.#object);
      const contentType = 'application/merge-patch+json';
      await this.#http.json({
        method: 'PATCH',
        path,
        contentType,
        body,
        query: { fieldManager },
        ...(signal === undefined ? {} : { signal }),
      });
      return true;
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'NotFound') return false;
      throw error;
    }
  }

  /** Makes the ConfigMap; false: there is one already. */
  async create(data: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<boolean> {
    const { namespace, name } = this.#object;
    const body = { apiVersion: apiVersionOf(configMaps), kind: configMaps.kind, metadata: { name, namespace }, data };
    try {
      const path = collectionPath(configMaps, namespace);
      await this.#http.json({ method: 'POST', path, body, query: { fieldManager }, ...(signal === undefined ? {} : { signal }) });
      return true;
    } catch (error) {
      if (error instanceof KubeError && error.kind === 'AlreadyExists') return false;
      throw error;
    }
  }
}

/** {@link Notes} in a ConfigMap, which is made with the first of them. */
export class KubeNotes implements Notes {
  readonly #texts: ConfigMapTexts;

  constructor(http: KubeHttp, object: ObjectKey) {
    this.#texts = new ConfigMapTexts(http, object);
  }

  async read(key: string, signal?: AbortSignal): ReturnType<Notes['read']> {
    const map = await this.#texts.read(signal);
    const text = map?.data?.[key];
    return { ...(map === undefined ? {} : { version: map.metadata.resourceVersion }), ...(text === undefined ? {} : { text }) };
  }

  async write(key: string, text: string, version: string | undefined, signal?: AbortSignal): Promise<void> {
    const data = { [key]: text };
    const isDone =
      version === undefined
        ? await this.#texts.create(data, signal)
        : await this.#texts.patch({ metadata: { resourceVersion: version }, data }, signal);
    if (!isDone) throw new KubeError('Conflict', 'others have made or removed the notes meanwhile');
  }
}
