import type { CallOptions } from '../../ports/directory.ts';
import type { GroupDirectory } from '../../ports/group-directory.ts';

/** Sends a request through one of several applications of a target. */
export type ThroughOne = <R>(options: CallOptions, send: (groups: GroupDirectory, options: CallOptions) => Promise<R>) => Promise<R>;

/** The groups of a target that several applications read and write: each request goes through the one that `through` takes (G5). */
export function pooledGroups(through: ThroughOne): GroupDirectory {
  return {
    groupSyncAllowed: (partner, options) => through(options, (groups, own) => groups.groupSyncAllowed(partner, own)),
    getGroup: (id, options) => through(options, (groups, own) => groups.getGroup(id, own)),
    findByUniqueName: (name, options) => through(options, (groups, own) => groups.findByUniqueName(name, own)),
    findNamed: (name, options) => through(options, (groups, own) => groups.findNamed(name, own)),
    findNicknamed: (name, options) => through(options, (groups, own) => groups.findNicknamed(name, own)),
    findAnchored: (prefix, options) => through(options, (groups, own) => groups.findAnchored(prefix, own)),
    getDeletedGroup: (id, options) => through(options, (groups, own) => groups.getDeletedGroup(id, own)),
    findDeleted: (name, options) => through(options, (groups, own) => groups.findDeleted(name, own)),
    membersPage: (request, options) => through(options, (groups, own) => groups.membersPage(request, own)),
    createGroup: (name, names, options) => through(options, (groups, own) => groups.createGroup(name, names, own)),
    updateGroup: (id, changes, options) => through(options, (groups, own) => groups.updateGroup(id, changes, own)),
    deleteGroup: (id, options) => through(options, (groups, own) => groups.deleteGroup(id, own)),
    restoreGroup: (id, options) => through(options, (groups, own) => groups.restoreGroup(id, own)),
    addMembers: (id, members, options) => through(options, (groups, own) => groups.addMembers(id, members, own)),
    removeMembers: (id, members, options) => through(options, (groups, own) => groups.removeMembers(id, members, own)),
  };
}
