import type { ApiError } from '../api-error.ts';
import { badRequest, invalid, methodNotAllowed, noSuchResource, notAcceptable, notFound } from '../api-error.ts';
import { notSupported } from '../field-error.ts';
import { isObject, stringOf } from '../json.ts';
import type { IncludeObject } from '../printing/table.ts';
import { toTable } from '../printing/table.ts';
import { listObjects } from '../reads/lister.ts';
import { selectionOf, selects } from '../reads/selection.ts';
import type { WatchFault } from '../reads/watch.ts';
import { Watch } from '../reads/watch.ts';
import type { Resource } from '../resource.ts';
import { apiVersionOf } from '../resource.ts';
import { storeKey } from '../store.ts';
import type { TokenIssuer } from '../token-issuer.ts';
import type { JsonObject, KubeObject } from '../types.ts';
import type { DeleteOptions, PropagationPolicy } from '../writes/deleter.ts';
import { deleteObject } from '../writes/deleter.ts';
import type { ObjectPlace, ServerState } from '../writes/state.ts';
import { placeOf, present } from '../writes/state.ts';
import type { WriteOptions, Writer } from '../writes/writer.ts';
import { bodyText, parseBody, parsePatch } from './body.ts';
import { answerReview } from './reviews.ts';
import type { Route } from './route.ts';

/** A request, taken apart. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly contentType: string;
  readonly body: string | Uint8Array | undefined;
  readonly user: string;
  readonly watchFault: WatchFault | undefined;
}

/** An answer that has not been put on the wire yet. */
export interface ApiResponse {
  readonly status: number;
  readonly body: JsonObject | string | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What requests for objects need. */
export interface HandlerContext {
  readonly state: ServerState;
  readonly writer: Writer;
  readonly issuer: TokenIssuer;
  readonly watches: Set<Watch>;
  readonly bookmarkIntervalMs: number;
}

/** Answers a request for objects. Throws ApiError. */
export function handleObjects(context: HandlerContext, route: Route, request: ApiRequest): ApiResponse {
  const { resource, name, subresource } = route;
  requireAcceptable(request);
  if (resource.verbs.length === 1 && request.method !== 'POST') throw methodNotAllowed(resource);
  if (resource.verbs.length === 1)
    return { status: 201, body: answerReview(resource, parseBody(request.body, request.contentType) ?? {}, request.user) };
  if (subresource === 'token' && resource.kind === 'ServiceAccount') return createToken(context, route, request);
  const isStatus = subresource === 'status' && resource.statusSubresource;
  if (subresource !== undefined && !isStatus) throw noSuchResource();
  const options = { ...writeOptions(request), ...(isStatus ? { subresource: 'status' as const } : {}) };
  const warnings: string[] = [];
  const writing = { ...options, warn: (message: string): void => void warnings.push(message) };
  const response =
    name === undefined ? onCollection(context, route, request, writing) : onObject(context, { ...route, name }, request, writing);
  if (warnings.length === 0) return response;
  const warning = warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ');
  return { ...response, headers: { ...response.headers, warning } };
}

const offered = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const acceptable = new Set([...offered, 'application/*', '*/*', '']);

/** JSON is all that is ever sent; the formats that the real server has besides are let pass. */
function requireAcceptable({ accept }: ApiRequest): void {
  const wanted = accept.split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase());
  if (!wanted.some((type) => acceptable.has(type))) throw notAcceptable(offered);
}

function onCollection(context: HandlerContext, route: Route, request: ApiRequest, options: WriteOptions): ApiResponse {
  const { resource, namespace } = route;
  switch (request.method) {
    case 'GET':
      return request.query.get('watch') === 'true' || request.query.get('watch') === '1'
        ? watch(context, route, request)
        : list(context, route, request);
    case 'POST': {
      if (resource.namespaced && namespace === undefined) throw methodNotAllowed();
      const object = context.writer.create(resource, namespace, requireBody(request), options);
      return { status: 201, body: inForm(context, resource, object, request) };
    }
    case 'DELETE':
      return deleteCollection(context, route, request);
    case 'PUT':
      if (resource.custom) throw badRequest('name must be provided');
      throw methodNotAllowed();
    default:
      throw methodNotAllowed();
  }
}

function onObject(context: HandlerContext, place: ObjectPlace, request: ApiRequest, options: WriteOptions): ApiResponse {
  const { resource, namespace, name } = place;
  const ok = (object: KubeObject): ApiResponse => ({ status: 200, body: inForm(context, resource, object, request) });
  switch (request.method) {
    case 'GET': {
      const found = context.state.store.collection(resource.collection).get(storeKey(namespace, name));
      if (!found) throw notFound(resource, name);
      return ok(present(context.state, resource, found));
    }
    case 'PUT':
      return ok(context.writer.update(place, requireBody(request), options));
    case 'PATCH':
      return ok(context.writer.modify(place, parsePatch(resource, bodyText(request.body), request.contentType), options));
    case 'DELETE': {
      if (options.subresource) throw methodNotAllowed(resource);
      const { object, gone } = deleteObject(context.state, place, deleteOptions(request));
      return gone ? { status: 200, body: deleted(resource, object) } : ok(present(context.state, resource, object));
    }
    default:
      throw methodNotAllowed(resource);
  }
}

function list(context: HandlerContext, route: Route, request: ApiRequest): ApiResponse {
  const { resource, namespace } = route;
  const { metadata, items } = listObjects(context.state, resource, namespace, request.query);
  const form = formOf(request);
  const now = context.state.clock.now();
  if (form)
    return { status: 200, body: toTable(resource.columns, items, metadata, { apiVersion: form, include: includeOf(request), now }) };
  return { status: 200, body: { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata, items: itemsOf(resource, items) } };
}

/** Objects as they stand in a list: those of built-in kinds without their type, which the list names. */
function itemsOf(resource: Resource, items: readonly KubeObject[]): readonly object[] {
  if (resource.custom) return items;
  return items.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'kind' && name !== 'apiVersion')));
}

function watch(context: HandlerContext, route: Route, request: ApiRequest): ApiResponse {
  const { resource, namespace } = route;
  let last: { object: KubeObject; text: string } | undefined;
  let headed = false;
  const opened = new Watch(context.state, resource, {
    namespace,
    query: request.query,
    bookmarkIntervalMs: context.bookmarkIntervalMs,
    fault: request.watchFault,
    render: (object) => {
      if (formOf(request)) {
        const table = inForm(context, resource, object, request);
        const first = !headed;
        headed = true;
        return first ? table : { ...table, columnDefinitions: null };
      }
      if (last?.object !== object) last = { object, text: JSON.stringify(object) };
      return last.text;
    },
    onClose: (closed) => void context.watches.delete(closed),
  });
  if (opened.isOpen) context.watches.add(opened);
  return { status: 200, body: opened.body };
}

function deleteCollection(context: HandlerContext, route: Route, request: ApiRequest): ApiResponse {
  const { resource, namespace } = route;
  const { state } = context;
  const selection = selectionOf(resource, namespace, request.query);
  const options = deleteOptions(request);
  const items: KubeObject[] = [];
  for (const [, object] of [...state.store.collection(resource.collection).scan(selection.prefix)]) {
    if (!selects(selection, object)) continue;
    items.push(deleteObject(state, placeOf(resource, object), options).object);
  }
  const metadata = { resourceVersion: String(state.store.version) };
  return { status: 200, body: { kind: resource.listKind, apiVersion: apiVersionOf(resource), metadata, items: itemsOf(resource, items) } };
}

function createToken(context: HandlerContext, route: Route, request: ApiRequest): ApiResponse {
  const { resource, namespace = '', name = '' } = route;
  if (request.method !== 'POST') throw methodNotAllowed(resource);
  const account = context.state.store.collection(resource.collection).get(storeKey(namespace, name));
  if (!account) throw notFound(resource, name);
  return { status: 201, body: context.issuer.answer(account, requireBody(request)) };
}

/** An object in the form that was asked for: itself, or a table of one row. */
function inForm(context: HandlerContext, resource: Resource, object: KubeObject, request: ApiRequest): JsonObject {
  const form = formOf(request);
  if (!form || request.method !== 'GET') return object;
  const metadata = object.metadata.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion };
  return toTable(resource.columns, [object], metadata, { apiVersion: form, include: includeOf(request), now: context.state.clock.now() });
}

/** The version of the table that is asked for; undefined for plain objects. */
function formOf(request: ApiRequest): string | undefined {
  const match = /as=Table;v=(v1|v1beta1);g=meta\.k8s\.io/.exec(request.accept);
  return match ? `meta.k8s.io/${match[1] ?? 'v1'}` : undefined;
}

function includeOf(request: ApiRequest): IncludeObject {
  const wanted = request.query.get('includeObject');
  return wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
}

function requireBody(request: ApiRequest): JsonObject {
  const body = parseBody(request.body, request.contentType);
  if (!body) throw badRequest('the request has no body');
  return body;
}

const validations = ['', 'Ignore', 'Strict', 'Warn'];
const optionKinds: Readonly<Record<string, string>> = { PUT: 'UpdateOptions', PATCH: 'PatchOptions', DELETE: 'DeleteOptions' };

function writeOptions(request: ApiRequest): WriteOptions {
  const dryRun = request.query.getAll('dryRun');
  const subject = { group: 'meta.k8s.io', plural: '', kind: optionKinds[request.method] ?? 'CreateOptions' };
  if (dryRun.some((value) => value !== 'All' && value !== '')) throw invalid(subject, '', [notSupported('dryRun', dryRun, ['All'])]);
  const validation = request.query.get('fieldValidation');
  if (validation !== null && !validations.includes(validation))
    throw invalid(subject, '', [notSupported('fieldValidation', validation, validations)]);
  return { dryRun: dryRun.includes('All'), fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn' };
}

function deleteOptions(request: ApiRequest): DeleteOptions {
  const body = parseBody(request.body, request.contentType) ?? {};
  const preconditions = isObject(body.preconditions) ? body.preconditions : {};
  const policy =
    stringOf(body.propagationPolicy) ?? request.query.get('propagationPolicy') ?? (body.orphanDependents === true ? 'Orphan' : undefined);
  const dryRun = Array.isArray(body.dryRun) ? body.dryRun.includes('All') : request.query.get('dryRun') === 'All';
  return {
    dryRun,
    ...(policy === undefined ? {} : { propagationPolicy: policy as PropagationPolicy }),
    preconditions: { uid: stringOf(preconditions.uid), resourceVersion: stringOf(preconditions.resourceVersion) },
  };
}

function deleted(resource: Resource, object: KubeObject): JsonObject {
  const group = resource.group === '' ? {} : { group: resource.group };
  const details = { name: object.metadata.name, ...group, kind: resource.plural, uid: object.metadata.uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

/** An error as an answer. */
export function errorResponse(error: ApiError): ApiResponse {
  return { status: error.code, body: error.toStatus(), headers: error.headers };
}
