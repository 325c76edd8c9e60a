import { DirectoryError, directoryFailure } from '../../core/errors/directory-error.ts';
import { leftOutOf } from '../../core/pool/applications.ts';
import type { SideFacts } from '../../core/preflight/facts.ts';
import type { TargetDirectory } from '../../ports/directory.ts';
import type { Member, TargetPool } from '../shared/target-pool.ts';

type Look = (target: TargetDirectory) => Promise<SideFacts>;

/** What a look at a member has found; undefined facts: the tenant asks to wait. */
type Found = { readonly member: Member } & ({ readonly facts: SideFacts } | { readonly waiting: DirectoryError });

/**
 * Looks at each application of the target and leaves out those that cannot do the work (G5). The facts of the target are those of the first one that
 * takes part; where none does, those of the first one. An application that is asked to wait takes part as before. Rejects as throttled where nothing
 * else is known.
 */
export async function checkApplications(pool: TargetPool, look: Look): Promise<SideFacts> {
  const found = await Promise.all(pool.members.map((member) => lookAt(member, look)));
  for (const each of found) {
    if (!('facts' in each)) continue;
    const granted = each.facts.type === 'Connected' ? each.facts.granted : [];
    pool.judge(each.member, { leftOut: leftOutOf(each.facts, pool.tenantId), granted });
  }
  const working = found.filter(({ member }) => pool.takesPart(member));
  const known = [...working, ...(working.length === 0 ? found : [])].find((each) => 'facts' in each);
  if (known !== undefined && 'facts' in known) return known.facts;
  throw (
    found.map((each) => ('waiting' in each ? each.waiting : undefined)).find((error) => error !== undefined) ?? new Error('an empty pool')
  );
}

async function lookAt(member: Member, look: Look): Promise<Found> {
  try {
    return { member, facts: await look(member.target) };
  } catch (error) {
    if (error instanceof DirectoryError && directoryFailure(error, 'Throttled')) return { member, waiting: error };
    throw error;
  }
}
