import { load } from 'js-yaml';
import { applyPatch } from 'rfc6902';
import type { Operation } from 'rfc6902';
import { ApiError, badRequest, unsupportedMediaType } from '../api-error.ts';
import { cloneJson, isObject, mergePatch } from '../json.ts';
import type { Resource } from '../resource.ts';
import type { JsonObject, KubeObject } from '../types.ts';
import { decodeProtobuf } from './protobuf.ts';

const objectTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const decoder = new TextDecoder();

/** The media type of a request, without parameters. */
function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}

/** A body as text. */
export function bodyText(body: string | Uint8Array | undefined): string {
  return body === undefined ? '' : typeof body === 'string' ? body : decoder.decode(body);
}

/** Decodes a body that is an object; undefined when there is no body. */
export function parseBody(body: string | Uint8Array | undefined, contentType: string): JsonObject | undefined {
  if (body === undefined || body.length === 0) return undefined;
  switch (mediaType(contentType)) {
    case '':
    case 'application/json':
      return parseJson(bodyText(body));
    case 'application/yaml':
      return asObject(load(bodyText(body)));
    case 'application/vnd.kubernetes.protobuf': {
      const decoded = typeof body === 'string' ? undefined : decodeProtobuf(body);
      if (!decoded) throw unsupportedMediaType(['application/json', 'application/yaml']);
      return decoded;
    }
    default:
      throw unsupportedMediaType(objectTypes);
  }
}

function parseJson(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`);
  }
  return asObject(value);
}

function asObject(value: unknown): JsonObject {
  if (!isObject(value)) throw badRequest("couldn't get version/kind; json parse error: cannot unmarshal into an object");
  return value;
}

/** Reads a patch, and gives back the function that applies it. */
export function parsePatch(resource: Resource, text: string, contentType: string): (object: KubeObject) => unknown {
  switch (mediaType(contentType)) {
    case 'application/merge-patch+json': {
      const patch = parseJson(text);
      return (object) => mergePatch(object, patch);
    }
    case 'application/strategic-merge-patch+json': {
      if (!resource.strategicMerge) break;
      const patch = withoutDirectives(parseJson(text));
      return (object) => mergePatch(object, patch);
    }
    case 'application/json-patch+json':
      return (object) => applyJsonPatch(object, text);
    default:
  }
  const strategic = resource.strategicMerge ? ['application/strategic-merge-patch+json'] : [];
  throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json', ...strategic]);
}

/** The lists of built-in kinds are replaced as a whole: directives about their items mean nothing here. */
function withoutDirectives(patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  return Object.fromEntries(
    Object.entries(patch).flatMap(([key, value]) => (key.startsWith('$') ? [] : [[key, withoutDirectives(value)]])),
  );
}

function applyJsonPatch(object: KubeObject, text: string): unknown {
  let operations: Operation[];
  try {
    operations = JSON.parse(text) as Operation[];
  } catch {
    throw badRequest('json: cannot unmarshal the patch into a list of operations');
  }
  if (!Array.isArray(operations)) throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const copy = cloneJson(object);
  const failed = applyPatch(copy, operations).some((result) => result !== null);
  if (failed) throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', { details: {} });
  return copy;
}
