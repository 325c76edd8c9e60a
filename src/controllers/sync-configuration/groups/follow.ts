import { countUnusable, readOptions, type CycleRun, type Steps } from '../cycle-run.ts';
import { endless, readPages } from '../../shared/pages.ts';
import { hashOf } from '../../../core/hash.ts';

const groupsPerDelta = 50;
/** As much as the schema of status.watermark takes. */
const longestLinks = 393_216;

/** Groups that may have changed, and the links from which the next cycle goes on; undefined where it has to look at all of them. */
export interface Followed {
  readonly touched: ReadonlySet<string> | 'All';
  readonly links: string | undefined;
}

/** Where the cycle before has ended: its links, and the hash of what they have to be about. */
interface Before {
  readonly about: string;
  readonly links: string | undefined;
}

/**
 * Follows the changes of the selected groups. Members of groups inside of groups change without a word about the outer ones: flattened memberships are
 * looked at in each cycle.
 */
export async function* followGroups(run: CycleRun, ids: ReadonlySet<string>, before: Before): Steps<Followed> {
  if (run.configuration.spec.groups?.membership === 'Flattened') return { touched: 'All', links: undefined };
  const projectedGroups = run.configuration.status.watermark?.projectedGroupIds === before.about ? before.links : undefined;
  const goesOn = run.kind === 'Incremental' && projectedGroups !== undefined;
  const touched = new Set<string>();
  const links: string[] = [];
  if (goesOn) for (const link of projectedGroups.split('\n')) links.push(yield* drain(run, { link }, touched));
  // The links are taken before the groups are looked at, so that no change falls between the two.
  else for (const groupIds of chunks([...ids])) links.push(yield* drain(run, { groupIds }, touched));
  const text = links.join('\n');
  const fits = text.length > 0 && text.length <= longestLinks;
  return { touched: goesOn ? touched : 'All', links: fits ? text : undefined };
}

async function* drain(
  run: CycleRun,
  start: { readonly link: string } | { readonly groupIds: readonly string[] },
  touched: Set<string>,
): Steps<string> {
  let unusable = 0;
  const last = yield* readPages(run, {
    what: 'the changes of projected groups',
    start,
    read: (request) => run.session.source.groupsDelta(request, readOptions(run)),
    take: ({ changes, unusable: left = [] }) => {
      run.findings.hear(changes.length + left.length);
      unusable += left.length;
      let fresh = 0;
      for (const change of changes) {
        fresh += change.type === 'Present' ? 1 + change.added.length + change.removed.length : 1;
        touched.add(change.id);
      }
      return fresh;
    },
  });
  if (last.watermark === undefined) throw endless('the changes of projected groups');
  countUnusable(run, hashOf(start), unusable);
  return last.watermark;
}

function chunks(ids: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / groupsPerDelta) }, (_, index) =>
    ids.slice(index * groupsPerDelta, (index + 1) * groupsPerDelta),
  );
}
