import { hashOf } from '../core/hash.ts';
import { KubeError, type LinkStore } from '../ports/resources.ts';
import type { KubeHttp } from './http.ts';
import { ConfigMapTexts } from './notes.ts';

/** ConfigMaps over which the links of all configurations are spread: one takes 1 MiB. Their names are in the rules of the chart. */
const mapCount = 8;

/** {@link LinkStore} in ConfigMaps of the operator's namespace, `tenantsync-links-0` to `-7`. */
export class KubeLinks implements LinkStore {
  readonly #maps: readonly ConfigMapTexts[];

  constructor(http: KubeHttp, namespace: string) {
    this.#maps = Array.from({ length: mapCount }, (_, index) => new ConfigMapTexts(http, { namespace, name: `tenantsync-links-${index}` }));
  }

  async read(configurationKey: string, signal?: AbortSignal): Promise<string | undefined> {
    const { map, key } = this.#place(configurationKey);
    return (await map.read(signal))?.data?.[key];
  }

  async write(configurationKey: string, text: string, signal?: AbortSignal): Promise<void> {
    const { map, key } = this.#place(configurationKey);
    const data = { [key]: text };
    if (await map.patch({ data }, signal)) return;
    // Another replica may have made it meanwhile, with the links of its own.
    if (!(await map.create(data, signal))) await map.patch({ data }, signal);
  }

  async forget(configurationKey: string, signal?: AbortSignal): Promise<void> {
    const { map, key } = this.#place(configurationKey);
    if (!(await map.holds(key, signal))) return;
    await map.patch({ data: { [key]: null } }, signal);
  }

  #place(configurationKey: string): { readonly map: ConfigMapTexts; readonly key: string } {
    const key = hashOf(configurationKey);
    const map = this.#maps[Number.parseInt(key.slice(0, 4), 16) % mapCount];
    if (map === undefined) throw new KubeError('Invalid', 'there is no ConfigMap for links');
    return { map, key };
  }
}
