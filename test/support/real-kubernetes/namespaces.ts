import { ApiError, type KubeObject } from '@tenantsync/sandbox/kubernetes';
import { keyOf, type Mirror } from './mirror.ts';
import type { ApiPath } from './paths.ts';
import type { Owing, Quiet } from './quiet.ts';

const root = '/apis/tenantsync.dev/v1alpha1';
const plurals = ['tenantpairs', 'syncconfigurations', 'userprojections', 'groupprojections'];
const pollMs = 50;

export interface NamespacesOptions {
  readonly ask: (path: string) => KubeObject;
  readonly mirror: Mirror;
  readonly quiet: Quiet;
  /** Told of what the namespace controller has written. */
  readonly noteWrite: (path: ApiPath, object: KubeObject) => void;
}

/**
 * The deletions of namespaces that are under way. The world is not quiet while it is the namespace controller's turn: to mark what
 * is in a namespace, and to take the namespace away when nothing is left in it.
 */
export class Namespaces implements Owing {
  readonly #options: NamespacesOptions;
  readonly #terminating = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: NamespacesOptions) {
    this.#options = options;
    options.quiet.watches.add(this);
  }

  deleted(name: string): void {
    this.#terminating.add(name);
  }

  get behind(): boolean {
    return [...this.#terminating].some((name) => {
      const content = plurals.flatMap((plural) => this.#contentOf(plural, name));
      return content.length === 0 || content.some(({ metadata }) => metadata.deletionTimestamp === undefined);
    });
  }

  /** The controller takes its time: seconds, when it has found something that waits for a finalizer. */
  forgive(): void {
    this.pursue();
  }

  pursue(): void {
    this.#timer ??= setInterval(() => {
      for (const name of this.#terminating) this.#look(name);
      if (this.behind) return;
      this.close();
      this.#options.quiet.changed();
    }, pollMs);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #contentOf(plural: string, namespace: string): KubeObject[] {
    return this.#options.mirror.list(plural).filter(({ metadata }) => metadata.namespace === namespace);
  }

  #look(name: string): void {
    for (const plural of plurals) this.#refresh(plural, name);
    if (this.#isGone(name)) this.#terminating.delete(name);
  }

  #refresh(plural: string, namespace: string): void {
    const { ask, mirror, noteWrite } = this.#options;
    const path = { root, namespace, plural, name: undefined, subresource: undefined };
    const { items } = ask(`${root}/namespaces/${namespace}/${plural}`) as unknown as { items: KubeObject[] };
    const there = new Set(items.map(keyOf));
    for (const item of items) noteWrite(path, mirror.restamp(item));
    for (const known of this.#contentOf(plural, namespace)) {
      if (!there.has(keyOf(known)))
        noteWrite({ ...path, name: known.metadata.name }, { ...known, kind: 'Status', details: { uid: known.metadata.uid } });
    }
  }

  #isGone(name: string): boolean {
    try {
      this.#options.ask(`/api/v1/namespaces/${name}`);
      return false;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return true;
      throw error;
    }
  }
}
