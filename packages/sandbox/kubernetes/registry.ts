import { builtInResources, commonFields } from './resources/built-in.ts';
import { checkCrd, customResources } from './resources/custom.ts';
import { ageColumn, column, nameColumn } from './printing/table.ts';
import type { Resource } from './resource.ts';
import { allVerbs, apiVersionOf } from './resource.ts';
import type { KubeObject } from './types.ts';

/** CustomResourceDefinitions themselves. */
export const crdResource: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  listKind: 'CustomResourceDefinitionList',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  collection: 'customresourcedefinitions.apiextensions.k8s.io',
  verbs: allVerbs,
  statusSubresource: true,
  subresources: [],
  countsGenerations: true,
  unconditionalUpdate: false,
  strategicMerge: true,
  fields: commonFields,
  columns: [nameColumn, column('Created At', (crd) => crd.metadata.creationTimestamp, 'date'), ageColumn].slice(0, 2),
  custom: false,
  check: checkCrd,
};

/** All kinds that are served. Changes with the CustomResourceDefinitions. */
export class Registry {
  readonly #builtIn = [...builtInResources, crdResource];
  readonly #custom = new Map<string, Resource[]>();
  readonly #byPath = new Map<string, Resource>();
  readonly #schemaChanges = new Map<string, number>();
  #all: readonly Resource[] = [];
  /** Raised by every change; names the state for caches of clients. */
  revision = 0;

  constructor() {
    this.#rebuild();
  }

  get all(): readonly Resource[] {
    return this.#all;
  }

  /** The resource at `group`, `version` and plural. */
  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The resource of an object. */
  ofObject(apiVersion: string, kind: string): Resource | undefined {
    return this.#all.find((resource) => resource.kind === kind && apiVersionOf(resource) === apiVersion);
  }

  /** The first resource that goes by this kind, plural, singular or short name, or by `plural.group`. */
  byName(name: string): Resource | undefined {
    const lower = name.toLowerCase();
    return (
      this.#all.find((resource) => resource.kind === name) ??
      this.#all.find((resource) =>
        [resource.plural, resource.singular, `${resource.plural}.${resource.group}`, ...resource.shortNames].includes(lower),
      )
    );
  }

  /** A resource that serves a collection. */
  ofCollection(name: string): Resource | undefined {
    return this.#all.find((resource) => resource.collection === name);
  }

  /** Objects of a collection up to this version were stored under an older schema than today's. */
  schemaChangedAt(collection: string): number {
    return this.#schemaChanges.get(collection) ?? 0;
  }

  /** Serves what a CustomResourceDefinition describes. */
  addCrd(crd: KubeObject): void {
    const name = crd.metadata.name ?? '';
    this.#custom.set(name, customResources(crd));
    this.#schemaChanges.set(name, Number(crd.metadata.resourceVersion));
    this.#rebuild();
  }

  removeCrd(name: string): void {
    this.#custom.delete(name);
    this.#rebuild();
  }

  #rebuild(): void {
    this.revision += 1;
    this.#all = [...this.#builtIn, ...[...this.#custom.values()].flat()];
    this.#byPath.clear();
    for (const resource of this.#all) this.#byPath.set(`${resource.group}/${resource.version}/${resource.plural}`, resource);
  }
}
