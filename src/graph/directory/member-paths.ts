import { invalidRequest } from '../errors/failures.ts';
import { segment } from './odata.ts';

/**
 * The path that takes a member out of a group, built here and nowhere else: without its end Graph does not end the membership, it deletes the member
 * itself, the person.
 */
export function memberRemovalPath(groupId: string, memberId: string): string {
  return `/groups/${segment(groupId)}/members/${segment(memberId)}/$ref`;
}

/** Refuses a deletion by the path of a membership that would delete the member itself. Throws a DirectoryError; nothing is sent. */
export function refusePersonDeletion(method: string, path: string): void {
  if (method !== 'DELETE' || !/\/members\//i.test(path) || /^\/[^?#]+\/members\/[^/?#]+\/\$ref$/.test(path)) return;
  throw invalidRequest('A membership is removed by its reference alone: by this path the member itself would be deleted.');
}
