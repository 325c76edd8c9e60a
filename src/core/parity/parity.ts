import type { GroupProjection, SyncConfiguration, UserProjection } from '../../api/kinds.ts';
import type { EntraJob } from '../preflight/entra-jobs.ts';
import { rulesOf } from '../mapping/target-attributes.ts';
import { findCondition } from '../status/conditions.ts';

/** What Entra's own engine wrote to an account last, by its log. */
export interface EntraWrite {
  readonly at: string;
  readonly action: string;
  /** The person in the source, where the log names one. */
  readonly sourceObjectId?: string;
  /** New values by the engine's name of the attribute. */
  readonly values: Readonly<Record<string, string>>;
}

/** Everything that is compared. */
export interface ParityInput {
  readonly configuration: SyncConfiguration;
  /** Of the configuration. */
  readonly records: readonly UserProjection[];
  /** Records of its groups. */
  readonly groups: readonly GroupProjection[];
  /** Accounts that records of other configurations are about. */
  readonly othersAccounts: ReadonlySet<string>;
  /** Ids of the live accounts of the source's people in the target. */
  readonly accounts: readonly string[];
  /** Entra's job for the pair, where it may be read. */
  readonly job: EntraJob | undefined;
  /** By account; empty where Entra's log may not be read. */
  readonly written: ReadonlyMap<string, EntraWrite>;
}

/** An account that a difference is about, by object ids alone. */
export interface ParityExample {
  readonly targetObjectId: string;
  readonly sourceObjectId?: string;
  readonly from?: string;
  readonly to?: string;
  /** What Entra wrote last, where its log tells: when, and the value of this attribute if that was in it. */
  readonly entraWrote?: { readonly at: string; readonly action: string; readonly value?: string };
}

/** How many accounts would get another value of an attribute. */
export interface ParityAttribute {
  readonly attribute: string;
  readonly accounts: number;
  /** The first ten. */
  readonly examples: readonly ParityExample[];
}

/** What becomes of groups, which a configuration without groups says nothing about. */
export interface ParityGroups {
  /** Groups that are there as this configuration would have them. */
  readonly same: number;
  /** Groups that would be taken over and nothing else: no difference. */
  readonly anchors: number;
  readonly changes: readonly {
    readonly sourceObjectId: string;
    readonly operation: string;
    readonly attributes: readonly string[];
    readonly addMembers: number;
    readonly removeMembers: number;
  }[];
  /** In whose way something stands: they would be left as they are, which is no difference. */
  readonly conflicts: readonly { readonly sourceObjectId: string; readonly reason: string }[];
  /** Of which nothing can be said yet. */
  readonly undecided: readonly { readonly sourceObjectId: string; readonly state: string; readonly reason: string }[];
}

/** What a configuration in Plan mode would do otherwise than Entra has done. */
export interface Parity {
  readonly configuration: string;
  /** In one sentence. */
  readonly summary: string;
  readonly differences: number;
  /** People in the plan who have an account. */
  readonly people: number;
  /** Live accounts of the source's people in the target. */
  readonly accounts: number;
  /** Entra's job, and how many people it counts as synchronized. */
  readonly job?: { readonly jobId: string; readonly state: 'Runs' | 'Stopped'; readonly counts?: number };
  /** People who would get an account, or theirs back. */
  readonly onlyHere: readonly { readonly sourceObjectId: string; readonly operation: string }[];
  /** Accounts of the source's people that the plan would delete, or that it says nothing about. */
  readonly onlyThere: readonly (ParityExample & { readonly why: 'WouldBeDeleted' | 'NotInPlan' })[];
  readonly attributes: readonly ParityAttribute[];
  /** People of whom nothing can be said until something is mended. */
  readonly undecided: readonly { readonly sourceObjectId: string; readonly state: string; readonly reason: string }[];
  /** There where the configuration has groups. */
  readonly groups?: ParityGroups;
  /** Accounts that would get the ownership anchor and nothing else: no difference. */
  readonly anchors: number;
  /** Attributes that would be written along, and that nobody can read: whether they differ is not known. */
  readonly notCompared: readonly string[];
}

const examples = 10;

type Plan = NonNullable<UserProjection['status']['plan']>;
type Change = NonNullable<Plan['changes']>[number];

interface Planned {
  readonly sourceObjectId: string;
  readonly plan: Plan;
}

/** What Entra calls an attribute of ours in its log. */
const entraNames: Readonly<Record<string, string>> = {
  officeLocation: 'physicalDeliveryOfficeName',
  businessPhones: 'telephoneNumber',
  mobilePhone: 'mobile',
  faxNumber: 'facsimileTelephoneNumber',
};

function wrote({ written }: ParityInput, targetObjectId: string, attribute?: string): Pick<ParityExample, 'entraWrote'> {
  const write = written.get(targetObjectId);
  if (write === undefined) return {};
  const value = attribute === undefined ? undefined : (write.values[entraNames[attribute] ?? attribute] ?? write.values[attribute]);
  return { entraWrote: { at: write.at, action: write.action, ...(value === undefined ? {} : { value }) } };
}

/** Changes by attribute, those of the most accounts first. */
function attributesOf(input: ParityInput, planned: readonly Planned[], counts: (change: Change) => boolean): readonly ParityAttribute[] {
  const byName = new Map<string, ParityExample[]>();
  for (const { sourceObjectId, plan } of planned)
    for (const change of plan.changes ?? []) {
      if (!counts(change)) continue;
      const { attribute, from, to } = change;
      const targetObjectId = plan.objectId ?? '';
      const values = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      const found = byName.get(attribute) ?? [];
      byName.set(attribute, found);
      found.push({ targetObjectId, sourceObjectId, ...values, ...wrote(input, targetObjectId, attribute) });
    }
  return [...byName]
    .map(([attribute, all]) => ({ attribute, accounts: all.length, examples: all.slice(0, examples) }))
    .toSorted((a, b) => b.accounts - a.accounts || (a.attribute < b.attribute ? -1 : 1));
}

/** Whose account it is, by Entra's log: no record tells. */
function personOf({ written }: ParityInput, id: string): Pick<ParityExample, 'sourceObjectId'> {
  const sourceObjectId = written.get(id)?.sourceObjectId;
  return sourceObjectId === undefined ? {} : { sourceObjectId };
}

/** Accounts of the source's people that would go, or that nobody would look after. */
function onlyThereOf(input: ParityInput, planned: readonly Planned[]): Parity['onlyThere'] {
  const deleted = planned.filter(({ plan }) => plan.operation === 'Delete');
  const known = new Set<string>(input.othersAccounts);
  for (const { status } of input.records)
    for (const id of [status.plan?.objectId, status.targetUser?.objectId, status.conflictingObjectId]) if (id !== undefined) known.add(id);
  return [
    ...deleted.map(({ sourceObjectId, plan: { objectId = '' } }) => ({
      targetObjectId: objectId,
      sourceObjectId,
      why: 'WouldBeDeleted' as const,
      ...wrote(input, objectId),
    })),
    ...input.accounts
      .filter((id) => !known.has(id))
      .toSorted()
      .map((id) => ({ targetObjectId: id, ...personOf(input, id), why: 'NotInPlan' as const, ...wrote(input, id) })),
  ];
}

/** People in scope whom the plan says nothing about: in the way is a conflict, a failure, or work that is not done yet. */
function undecidedOf(records: readonly UserProjection[]): Parity['undecided'] {
  return records
    .filter(({ status }) => status.plan === undefined && status.state !== 'Skipped' && status.state !== 'Retained')
    .map(({ spec, status }) => ({
      sourceObjectId: spec.source.objectId,
      state: status.state,
      reason: findCondition(status.conditions, 'Ready')?.reason ?? 'Progressing',
    }));
}

const readyReason = (status: GroupProjection['status']): string => findCondition(status.conditions, 'Ready')?.reason ?? 'Progressing';

/** What the plans of groups say. A limit holds one back as a conflict does. */
function groupsOf(records: readonly GroupProjection[]): ParityGroups {
  const named = records.map(({ spec, status }) => ({ sourceObjectId: spec.source.objectId, status }));
  const plans = named.flatMap(({ sourceObjectId, status: { state, plan } }) =>
    state !== 'Planned' || plan === undefined
      ? []
      : [
          {
            sourceObjectId,
            operation: plan.operation,
            attributes: plan.attributes ?? [],
            addMembers: plan.addMembers ?? 0,
            removeMembers: plan.removeMembers ?? 0,
          },
        ],
  );
  const isAnchor = ({ attributes, addMembers, removeMembers }: (typeof plans)[number]): boolean =>
    attributes.join() === 'uniqueName' && addMembers + removeMembers === 0;
  const isHeld = ({ state }: GroupProjection['status']): boolean => state === 'Conflict' || state === 'Skipped';
  return {
    same: plans.filter(({ operation }) => operation === 'None').length,
    anchors: plans.filter(isAnchor).length,
    changes: plans.filter((plan) => plan.operation !== 'None' && !isAnchor(plan)),
    conflicts: named
      .filter(({ status }) => isHeld(status))
      .map(({ sourceObjectId, status }) => ({ sourceObjectId, reason: readyReason(status) })),
    undecided: named
      .filter(({ status }) => status.state !== 'Planned' && !isHeld(status))
      .map(({ sourceObjectId, status }) => ({ sourceObjectId, state: status.state, reason: readyReason(status) })),
  };
}

const some = (count: number, one: string, more: string): readonly string[] => (count === 0 ? [] : [`${count} ${count === 1 ? one : more}`]);

function summaryOf({
  onlyHere,
  onlyThere,
  attributes,
  undecided,
  anchors,
  people,
  groups,
}: Omit<Parity, 'summary' | 'differences'>): string {
  const changes = attributes.reduce((sum, { accounts }) => sum + accounts, 0);
  const found = [
    ...some(onlyHere.length, 'person would get an account that is not there', 'people would get accounts that are not there'),
    ...some(onlyThere.length, 'account is there whose person would have none', 'accounts are there whose people would have none'),
    ...some(changes, 'value would change', 'values would change'),
    ...some(undecided.length, 'person cannot be decided about', 'people cannot be decided about'),
    ...some(groups?.changes.length ?? 0, 'group would be made or changed', 'groups would be made or changed'),
    ...some(groups?.undecided.length ?? 0, 'group cannot be decided about', 'groups cannot be decided about'),
  ];
  const anchored = anchors === 0 ? '' : ` ${anchors} would get the ownership anchor, which is no difference.`;
  const [held] = some(groups?.conflicts.length ?? 0, 'group is', 'groups are');
  const left = held === undefined ? '' : ` ${held} in a conflict and would be left as found.`;
  return found.length === 0
    ? `Zero differences: for all ${people} people the accounts are what this configuration would make.${anchored}${left}`
    : `Differences: ${found.join('; ')}.${left}`;
}

const isUnreadable = ({ attribute }: Change): boolean => rulesOf(attribute).writeOnly === true;

/** Compares the plan of a configuration with what is in the target, which is what Entra's own job has made of it (G7). */
export function parityOf(input: ParityInput): Parity {
  const { configuration, records, accounts, job } = input;
  const anchor = configuration.spec.matching.anchor?.attribute;
  const isAnchor = ({ attribute }: Change): boolean => attribute === anchor;
  const planned = records.flatMap(({ spec, status }): readonly Planned[] =>
    status.plan === undefined ? [] : [{ sourceObjectId: spec.source.objectId, plan: status.plan }],
  );
  const kept = planned.filter(({ plan }) => plan.objectId !== undefined && plan.operation !== 'Delete' && plan.operation !== 'Restore');
  const found = {
    configuration: configuration.metadata.name,
    people: kept.length,
    accounts: accounts.length,
    ...(job === undefined
      ? {}
      : {
          job: {
            jobId: job.jobId,
            state: job.runs ? ('Runs' as const) : ('Stopped' as const),
            ...(job.people === undefined ? {} : { counts: job.people }),
          },
        }),
    onlyHere: planned
      .filter(({ plan: { operation } }) => operation === 'Create' || operation === 'Restore')
      .map(({ sourceObjectId, plan: { operation } }) => ({ sourceObjectId, operation })),
    onlyThere: onlyThereOf(input, planned),
    attributes: attributesOf(input, kept, (change) => !isAnchor(change) && !isUnreadable(change)),
    undecided: undecidedOf(records),
    ...(configuration.spec.groups === undefined ? {} : { groups: groupsOf(input.groups) }),
    notCompared: [
      ...new Set(kept.flatMap(({ plan: { changes = [] } }) => changes.filter(isUnreadable).map(({ attribute }) => attribute))),
    ].toSorted(),
    anchors: kept.filter(({ plan: { changes = [] } }) => changes.length > 0 && changes.every(isAnchor)).length,
  };
  const differences =
    found.onlyHere.length +
    found.onlyThere.length +
    found.undecided.length +
    (found.groups?.changes.length ?? 0) +
    (found.groups?.undecided.length ?? 0) +
    found.attributes.reduce((sum, { accounts: changed }) => sum + changed, 0);
  return { ...found, differences, summary: summaryOf(found) };
}
