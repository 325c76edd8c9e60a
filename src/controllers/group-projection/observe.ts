import type { GroupProjection } from '../../api/kinds.ts';
import { driftPolicy } from '../../core/drift/compare.ts';
import { isNamed, type GroupFacts, type ObservedGroup } from '../../core/groups/decide.ts';
import { personKeyOf } from '../../core/projection/claims.ts';
import { tenantsKey } from '../../core/projection/groups.ts';
import { keyString } from '../../ports/resources.ts';
import { groupIndexes } from '../shared/dependencies.ts';
import { isWrittenRecently, liveGroup } from '../shared/groups.ts';
import { supposedStatus } from './supposed.ts';
import { adoptedAnchorOf, anchorOf, type GroupWork } from './work.ts';

/** Reads the target, and gathers everything else that decides about the group. Rejects with DirectoryError. */
export async function observe(work: GroupWork): Promise<GroupFacts> {
  const { record, configuration } = work;
  return {
    ...(await look(work)),
    spec: record.spec,
    status: supposedStatus(work),
    anchors: anchorsOf(work),
    adoption: configuration.spec.groups?.matching.adoption ?? 'Adopt',
    claimedByOther: isClaimedByOther(work),
    hasRoom: hasRoom(work),
    drift: driftPolicy(configuration.spec),
    writtenRecently: isRecent(work),
  };
}

const anchorsOf = (work: GroupWork): readonly string[] => [anchorOf(work), adoptedAnchorOf(work)];

async function look(work: GroupWork): Promise<ObservedGroup> {
  const { groups, record, configuration, options } = work;
  const { attributes } = record.spec;
  const status = supposedStatus(work);
  const located = await locate(work);
  const nicknamed = located.live === undefined && located.deleted === undefined ? await findNicknamed(work) : [];
  // A list may show a group of ours before the search by its unique name does.
  const { live = nicknamed.find(({ uniqueName }) => uniqueName !== null && anchorsOf(work).includes(uniqueName)), deleted } = located;
  const namesakes = async (): Promise<ObservedGroup['namesakes']> =>
    attributes === undefined || record.spec.lifecycle !== 'Present' ? [] : groups.findNamed(attributes.displayName, options);
  if (live === undefined) return { live, deleted, nicknamed, namesakes: deleted === undefined ? await namesakes() : [] };
  const mayRename = !isNamed(record.spec, status) || driftPolicy(configuration.spec) === 'Correct';
  const renamed = attributes !== undefined && live.displayName !== attributes.displayName;
  return { live, deleted, nicknamed: [], namesakes: renamed && mayRename ? await namesakes() : [] };
}

/** Groups that could be taken over, where groups are recognised by their mail nickname. */
async function findNicknamed({ groups, record: { spec }, configuration, options }: GroupWork): Promise<ObservedGroup['nicknamed']> {
  if (configuration.spec.groups?.matching.by !== 'MailNickname' || spec.lifecycle !== 'Present' || spec.attributes === undefined) return [];
  return groups.findNicknamed(spec.attributes.mailNickname, options);
}

/** The group that the record is linked to; where that is gone for good, or there is no link, the one that carries an anchor of ours. */
async function locate(work: GroupWork): Promise<Pick<ObservedGroup, 'live' | 'deleted'>> {
  const { groups, options } = work;
  const { objectId } = supposedStatus(work).targetGroup ?? {};
  if (objectId !== undefined) {
    const live = await groups.getGroup(objectId, options);
    const deleted = live === undefined ? await groups.getDeletedGroup(objectId, options) : undefined;
    if (live !== undefined || deleted !== undefined) return { live, deleted };
  }
  for (const anchor of anchorsOf(work)) {
    const live = await groups.findByUniqueName(anchor, options);
    if (live !== undefined) return { live, deleted: undefined };
  }
  for (const anchor of anchorsOf(work)) {
    const [deleted] = await groups.findDeleted(anchor, options);
    if (deleted !== undefined) return { live: undefined, deleted };
  }
  return { live: undefined, deleted: undefined };
}

/** Whether what we wrote to the group may still be on its way to those who read. A creation may be repeated, and is not waited for. */
const isRecent = (work: GroupWork): boolean => isWrittenRecently(work.deps, supposedStatus(work));

const isDeleted = ({ status }: GroupProjection): boolean =>
  status.targetGroup?.deletedAt !== undefined || status.targetGroup?.releasedAt !== undefined || status.state === 'Purged';

/** The older record owns the group (B5); ties by namespace and name. A preview stands where the configuration itself does. */
function isClaimedByOther(work: GroupWork): boolean {
  const { deps } = work;
  const record = liveGroup(work) ?? work.record;
  const { source, target } = record.spec;
  const rank = ({ metadata }: GroupProjection): string => `${metadata.creationTimestamp} ${metadata.namespace} ${metadata.name}`;
  return deps.groups.lister
    .byIndex(groupIndexes.group, personKeyOf(source.tenantId, source.objectId, target.tenantId))
    .some(
      (other) =>
        other.metadata.uid !== record.metadata.uid &&
        other.metadata.deletionTimestamp === undefined &&
        other.status.targetGroup?.releasedAt === undefined &&
        other.spec.mode === 'Apply' &&
        rank(other) < rank(record),
    );
}

/** Whether the pair may have one more group, those that are being made counted. */
export function hasRoom(work: GroupWork): boolean {
  const { deps, key, record, pair } = work;
  const most = (deps.pairs.lister.get(pair.metadata) ?? pair).spec.limits?.maxGroups;
  if (most === undefined) return true;
  const tenants = tenantsKey(record);
  const there = new Set(deps.groupMemory.creatingIn(tenants));
  for (const other of deps.groups.lister.byIndex(groupIndexes.tenants, tenants))
    if ((other.status.targetGroup !== undefined || other.status.intent !== undefined) && !isDeleted(other))
      there.add(keyString(other.metadata));
  const live = liveGroup(work);
  there.delete(live === undefined ? key : keyString(live.metadata));
  return there.size < most;
}
