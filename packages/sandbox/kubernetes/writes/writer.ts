import { ApiError, alreadyExists, badRequest, conflict, invalid, namespaceTerminating, notFound } from '../api-error.ts';
import type { FieldError } from '../field-error.ts';
import { invalidValue } from '../field-error.ts';
import { deepEqual, isObject, objectOf, stringOf } from '../json.ts';
import type { Resource } from '../resource.ts';
import { apiVersionOf } from '../resource.ts';
import { prepareCrd } from '../resources/custom.ts';
import { storeKey } from '../store.ts';
import type { JsonObject, KubeObject, ObjectMeta } from '../types.ts';
import { changedIdentity, checkMetadata, clientMetadata, unknownMetadata, updatedMetadata } from './metadata.ts';
import type { ObjectPlace, ServerState } from './state.ts';
import { present, timestamp } from './state.ts';

/** How a write is to be done. */
export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  readonly subresource?: 'status';
  /** Whether the input comes from applying a patch. */
  readonly isPatch?: boolean;
  /** Told of fields that were dropped. */
  readonly warn?: (message: string) => void;
}

function wrongKind(resource: Resource, kind: string, body: JsonObject): ApiError {
  if (!resource.custom) return badRequest(`the object provided is unrecognized: expected kind ${resource.kind}, got ${kind}`);
  const name = stringOf(objectOf(body.metadata).name) ?? '';
  return invalid({ ...resource, kind }, name, [invalidValue('kind', kind, `must be ${resource.kind}`)]);
}

const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Creates and updates objects by the rules of the API. Everything happens at once: a write is never seen half done. */
export class Writer {
  readonly #state: ServerState;

  constructor(state: ServerState) {
    this.#state = state;
  }

  /** Creates an object; `namespace` is that of the request. */
  create(resource: Resource, namespace: string | undefined, body: unknown, options: WriteOptions = {}): KubeObject {
    const { store } = this.#state;
    const input = this.#decode(resource, body, namespace, options);
    const { resourceVersion, ...given } = input.metadata;
    if (resourceVersion !== undefined) throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
    const metadata = this.#newMetadata(resource, given);
    this.#requireNamespace(resource, metadata.name ?? '', namespace);
    const { status, ...withoutStatus } = input;
    const keepsStatus = !resource.statusSubresource || status === undefined;
    const object = this.#complete(resource, { ...(keepsStatus ? input : withoutStatus), metadata }, undefined);
    this.#check(resource, object, undefined);
    const collection = store.collection(resource.collection);
    if (collection.get(storeKey(namespace, metadata.name ?? ''))) throw alreadyExists(resource, metadata.name ?? '');
    return present(this.#state, resource, options.dryRun ? object : store.put(collection, object));
  }

  /** Replaces an object, or its status. */
  update(place: ObjectPlace, body: unknown, options: WriteOptions = {}): KubeObject {
    const { resource, namespace, name } = place;
    const old = this.#require(place);
    const input = this.#decode(resource, body, namespace, options);
    const bodyName = input.metadata.name ?? '';
    if (bodyName !== name) throw badRequest(`the name of the object (${bodyName}) does not match the name on the URL (${name})`);
    if (input.metadata.resourceVersion === undefined && !resource.unconditionalUpdate) {
      const subject = { ...resource, kind: resource.plural };
      throw invalid(subject, name, [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')]);
    }
    return this.#replace(resource, old, input, options);
  }

  /** Changes an object, or its status, by a function of its present state. */
  modify(place: ObjectPlace, change: (object: KubeObject) => unknown, options: WriteOptions = {}): KubeObject {
    const { resource, namespace, name } = place;
    const old = this.#require(place);
    const input = this.#decode(resource, change(present(this.#state, resource, old)), namespace, { ...options, isPatch: true });
    const bodyName = input.metadata.name ?? name;
    if (bodyName !== name) throw badRequest(`the name of the object (${bodyName}) does not match the name on the URL (${name})`);
    return this.#replace(resource, old, input, { ...options, isPatch: true });
  }

  #replace(resource: Resource, old: KubeObject, input: KubeObject, options: WriteOptions): KubeObject {
    const { store } = this.#state;
    const name = old.metadata.name ?? '';
    const { uid, resourceVersion } = input.metadata;
    if (uid !== undefined && uid !== old.metadata.uid && !options.isPatch) {
      throw conflict(resource, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ''}`);
    }
    if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) throw conflict(resource, name);
    const object = this.#complete(resource, this.#merged(resource, old, input, options.subresource), old);
    this.#check(resource, object, old, { ...options, given: input.metadata });
    if (deepEqual(object, old) || options.dryRun) return present(this.#state, resource, object);
    const collection = store.collection(resource.collection);
    const finished = old.metadata.deletionTimestamp !== undefined && !object.metadata.finalizers?.length && resource.kind !== 'Namespace';
    if (finished) {
      store.remove(collection, old);
      return present(this.#state, resource, object);
    }
    return present(this.#state, resource, store.put(collection, object));
  }

  /** The new state: of the old one and the input, each contributes what it has a say in. */
  #merged(resource: Resource, old: KubeObject, input: KubeObject, subresource: 'status' | undefined): KubeObject {
    const { status: oldStatus, ...oldRest } = old;
    if (subresource === 'status') {
      const { status } = input;
      return { ...oldRest, ...(status === undefined ? {} : { status }) };
    }
    const { status: newStatus, ...rest } = input;
    const status = resource.statusSubresource ? oldStatus : newStatus;
    const metadata = updatedMetadata(old.metadata, input.metadata);
    return { ...rest, metadata, ...(status === undefined ? {} : { status }) };
  }

  /** Checks the frame of a body and brings it into the stored form, with defaults and without unknown fields. */
  #decode(resource: Resource, body: unknown, namespace: string | undefined, options: WriteOptions): KubeObject {
    const apiVersion = apiVersionOf(resource);
    if (!isObject(body)) throw badRequest('the request body must be an object');
    if (resource.custom && stringOf(body.kind) === undefined) throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body)}'`);
    const given = { apiVersion: stringOf(body.apiVersion) ?? apiVersion, kind: stringOf(body.kind) ?? resource.kind };
    if (given.apiVersion !== apiVersion) {
      throw badRequest(`the API version in the data (${given.apiVersion}) does not match the expected API version (${apiVersion})`);
    }
    if (given.kind !== resource.kind) throw wrongKind(resource, given.kind, body);
    const metadata = clientMetadata(body.metadata);
    if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    const object = {
      ...body,
      apiVersion,
      kind: resource.kind,
      metadata: namespace === undefined ? metadata : { ...metadata, namespace },
    } as KubeObject;
    const why = resource.undecodable?.(object);
    if (why !== undefined)
      throw badRequest(`${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${why}`);
    const known = this.#known(resource, object, body.metadata, options);
    return resource.toStored ? resource.toStored(known) : known;
  }

  /** An object without what its schema does not know, which is told of, and with the schema's defaults. */
  #known(resource: Resource, object: KubeObject, metadata: unknown, options: WriteOptions): KubeObject {
    if (!resource.schema) return object;
    const pruned = resource.schema.prune(object);
    const dropped = pruned === object ? [] : resource.schema.unknownFields(object);
    this.#reportUnknown(resource, object, [...dropped, ...unknownMetadata(metadata)], options);
    return resource.schema.applyDefaults(pruned);
  }

  #reportUnknown(resource: Resource, object: KubeObject, paths: readonly string[], options: WriteOptions): void {
    if (options.fieldValidation === 'Ignore') return;
    const unknown = paths.map((path) => `unknown field "${path}"`);
    if (unknown.length === 0) return;
    if (options.fieldValidation !== 'Strict') {
      for (const text of unknown) options.warn?.(text);
      return;
    }
    const { kind, version } = resource;
    if (options.isPatch) {
      const strict = invalidValue('patch', JSON.stringify(object), `strict decoding error: ${unknown.join(', ')}`);
      throw invalid({ group: '', plural: '', kind: '' }, '', [strict]);
    }
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${unknown.join(', ')}`);
  }

  #newMetadata(resource: Resource, given: ObjectMeta): ObjectMeta {
    const { clock, random } = this.#state;
    const suffix = (): string => Array.from({ length: 5 }, () => suffixLetters[Math.floor(random.next() * suffixLetters.length)]).join('');
    const name = given.name ?? (given.generateName === undefined ? undefined : `${given.generateName.slice(0, 58)}${suffix()}`);
    const kept = { ...given };
    delete kept.deletionTimestamp;
    return {
      ...kept,
      ...(name === undefined ? {} : { name }),
      uid: random.uuid(),
      creationTimestamp: timestamp(clock),
      ...(resource.countsGenerations ? { generation: 1 } : {}),
    };
  }

  #requireNamespace(resource: Resource, name: string, namespace: string | undefined): void {
    if (!resource.namespaced || namespace === undefined) return;
    const found = this.#state.store.collection('namespaces').get(namespace);
    if (!found) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace);
    if (found.metadata.deletionTimestamp !== undefined) throw namespaceTerminating(resource, name, namespace);
  }

  /** Fills in what follows from the rest: defaults, the fields of built-in kinds, the generation. */
  #complete(resource: Resource, input: KubeObject, old: KubeObject | undefined): KubeObject {
    let object = resource.schema ? resource.schema.applyDefaults(input) : input;
    if (resource.prepare) object = resource.prepare(object, old);
    if (resource.kind === 'CustomResourceDefinition') object = this.#completeCrd(object, old);
    if (!old || !resource.countsGenerations) return object;
    const { metadata, ...rest } = object;
    const { metadata: oldMetadata, ...oldRest } = old;
    const comparable = resource.statusSubresource
      ? [
          { ...rest, status: undefined },
          { ...oldRest, status: undefined },
        ]
      : [rest, oldRest];
    if (deepEqual(comparable[0], comparable[1])) return object;
    return { ...object, metadata: { ...metadata, generation: (oldMetadata.generation ?? 0) + 1 } };
  }

  #completeCrd(crd: KubeObject, old: KubeObject | undefined): KubeObject {
    const prepared = prepareCrd(crd, timestamp(this.#state.clock));
    if (old) return prepared;
    return { ...prepared, metadata: { ...prepared.metadata, finalizers: ['customresourcecleanup.apiextensions.k8s.io'] } };
  }

  #check(
    resource: Resource,
    object: KubeObject,
    old: KubeObject | undefined,
    how: WriteOptions & { readonly given?: ObjectMeta } = {},
  ): void {
    const errors: FieldError[] = checkMetadata(object.metadata, old?.metadata, resource.kind);
    if (old && how.given) errors.push(...changedIdentity(how.given, old.metadata));
    if (resource.schema) errors.push(...resource.schema.validate(object, old, how.subresource));
    if (resource.check) errors.push(...resource.check(object, old));
    if (errors.length > 0) throw invalid(resource.errorSubject ?? resource, object.metadata.name ?? '', errors);
  }

  #require({ resource, namespace, name }: ObjectPlace): KubeObject {
    const object = this.#state.store.collection(resource.collection).get(storeKey(namespace, name));
    if (!object) throw notFound(resource, name);
    return object;
  }
}
