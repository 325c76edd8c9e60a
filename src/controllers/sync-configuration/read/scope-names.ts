import { call, CycleFailure, readOptions, type ReadContext, type Steps } from '../cycle-run.ts';
import type { CycleWarning, ResolvedScope } from '../findings.ts';
import { omit } from '../../../core/omit.ts';
import { idByName, liveOf } from '../projections.ts';

/** What the names of a scope came to. */
export interface ScopeNames {
  readonly resolved: ResolvedScope;
  /** Users whose names have become ids only now: a delta may have announced them long ago. */
  readonly found: readonly string[];
  readonly warnings: readonly CycleWarning[];
}

/** Fields and ids that a message names; of more it gives the number. */
const mostNamed = 10;

/**
 * Resolves the names of the scope to ids, once: what status already knows is not looked up again, so that a renamed user stays in scope
 * (E6). A user who cannot be found is left out with a warning, and the others go on; a group that cannot be found stalls the
 * configuration, because all its members would leave.
 */
export async function* resolveScope(run: ReadContext): Steps<ScopeNames> {
  const users = yield* resolveUsers(run);
  return { ...users, resolved: { users: users.resolved, groups: yield* resolveGroups(run) } };
}

interface ResolvedUsers extends Pick<ScopeNames, 'found' | 'warnings'> {
  readonly resolved: ResolvedScope['users'];
}

async function* resolveUsers(run: ReadContext): Steps<ResolvedUsers> {
  const known = new Map(run.configuration.status.resolvedScope?.users?.map(({ userPrincipalName, id }) => [userPrincipalName, id]));
  const resolved: ResolvedScope['users'][number][] = [];
  const found: string[] = [];
  const unknown: string[] = [];
  for (const [index, { id, userPrincipalName }] of (run.configuration.spec.scope.users ?? []).entries()) {
    if (id !== undefined) resolved.push({ id });
    else if (userPrincipalName !== undefined) {
      const before = known.get(userPrincipalName);
      const now = before ?? (yield* findUser(run, userPrincipalName));
      if (now === undefined) unknown.push(`spec.scope.users[${index}]`);
      else resolved.push({ userPrincipalName, id: now });
      if (now !== undefined && before === undefined) found.push(now);
    }
  }
  return { resolved, found, warnings: unknown.length === 0 ? [] : [notFound(unknown)] };
}

function notFound(fields: readonly string[]): CycleWarning {
  return {
    reason: 'ScopeNameNotFound',
    message: `${some(fields)}: the source has no user of this userPrincipalName. Nobody is deleted because of that, and the others go on. Correct it, or name the user by id.`,
  };
}

function some(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The id of a user by name; of one who is deleted, or renamed in a status that was lost, by the record that still has the name. */
async function* findUser(run: ReadContext, name: string): Steps<string | undefined> {
  const user = yield* call(run, () => run.session.source.findUserByPrincipalName(name, readOptions(run)));
  yield { waitMs: 0 };
  if (user) return user.id;
  return await idByName(liveOf(run), name);
}

async function* resolveGroups(run: ReadContext): Steps<ResolvedScope['groups']> {
  const known = knownGroups(run);
  const groups: ResolvedScope['groups'][number][] = [];
  for (const [index, { id, displayName }] of (run.configuration.spec.scope.groups ?? []).entries()) {
    const before = known.find((group) => (id === undefined ? group.displayName === displayName : group.id === id));
    groups.push({
      ...(displayName === undefined ? {} : { displayName }),
      id: id ?? before?.id ?? (yield* findGroup(run, displayName ?? '', `spec.scope.groups[${index}]`)),
      ...(before?.members === undefined ? {} : { members: before.members }),
    });
  }
  return groups;
}

/** The groups of the scope as they were found before. Of a preview: whether one was emptied since tells what the configuration itself has seen. */
export function knownGroups({ configuration, live }: Pick<ReadContext, 'configuration' | 'live'>): ResolvedScope['groups'] {
  const own = configuration.status.resolvedScope?.groups ?? [];
  if (configuration.spec.previewOf === undefined) return own;
  const seen = live.status.resolvedScope?.groups ?? [];
  return [...seen, ...own.filter(({ id }) => seen.every((group) => group.id !== id)).map((group) => omit(group, 'members'))];
}

async function* findGroup(run: ReadContext, name: string, field: string): Steps<string> {
  const found = yield* call(run, () => run.session.source.findGroupsByName(name, readOptions(run)));
  yield { waitMs: 0 };
  if (found.length > 1) {
    const ids = some(found.map((group) => group.id));
    const message = `${field}: ${found.length} groups have the same displayName. Name the group by id: ${ids}.`;
    throw new CycleFailure('ScopeNameAmbiguous', message, { stalled: true });
  }
  const [group] = found;
  if (group) return group.id;
  const message = `${field}: the source has no group of this displayName. Correct it, or name the group by id.`;
  throw new CycleFailure('ScopeNameNotFound', message, { stalled: true });
}
