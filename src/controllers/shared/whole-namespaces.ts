import type { Reconcile } from '../../ports/reconcile.ts';
import { parseKey } from '../../ports/resources.ts';

/** How soon to look again at what waits for the rest of its namespace. */
const pauseMs = 1000;

/**
 * Decides nothing in a namespace of which some kinds are known and others are not, as one that was gone comes back kind by kind: what
 * is not known there would look deleted. Where nothing is known there is nothing to decide about.
 */
export function inWholeNamespaces(kinds: readonly { readonly knows: (namespace: string) => boolean }[], reconcile: Reconcile): Reconcile {
  return async (key, context) => {
    const { namespace } = parseKey(key);
    const known = kinds.filter((kind) => kind.knows(namespace)).length;
    return known === 0 || known === kinds.length ? reconcile(key, context) : { requeueAfterMs: pauseMs };
  };
}
