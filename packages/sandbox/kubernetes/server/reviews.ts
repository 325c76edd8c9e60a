import type { Resource } from '../resource.ts';
import { apiVersionOf } from '../resource.ts';
import type { JsonObject } from '../types.ts';

/** Answers a review: everyone may do everything, and is who the token says. */
export function answerReview(resource: Resource, body: JsonObject, user: string): JsonObject {
  const groups = user === 'system:admin' ? ['system:masters', 'system:authenticated'] : ['system:authenticated'];
  const status = resource.group === 'authentication.k8s.io' ? { userInfo: { username: user, groups } } : { allowed: true };
  return { ...body, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: {}, status };
}
