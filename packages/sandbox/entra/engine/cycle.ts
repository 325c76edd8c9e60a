import { insertInvitee } from '../graph-api/invitations/invitee.ts';
import { addressOwner } from '../state/address-owner.ts';
import { asObject } from '../state/policies.ts';
import { jobIntervalMs, type Link, type LogLine, type SyncJobState } from '../state/sync-job-state.ts';
import type { TenantState } from '../state/tenant-state.ts';
import { changeManager, changeProperties, restoreUser, softDeleteUser } from '../state/user-operations.ts';
import type { Json, JsonObject, SandboxUser } from '../types.ts';
import { passes, valueOf, written } from './values.ts';

/** Rows that the engine itself decides by. */
const engineRows: ReadonlySet<Json> = new Set(['alternativeSecurityIds', 'IsSoftDeleted', 'userPrincipalName', 'manager']);

interface Run {
  readonly job: SyncJobState;
  readonly source: TenantState;
  readonly target: TenantState;
  readonly mapping: JsonObject;
  exported: number;
}

/** Starts a job: its cycles run from now on, each an interval after the last. */
export function startJob(source: TenantState, job: SyncJobState): void {
  if (job.state === 'Active') return;
  job.state = 'Active';
  job.quarantine = undefined;
  job.generation += 1;
  schedule(source, job, source.world.now());
}

/** Stops a job. Nobody is deleted, and what it knows of people stays. */
export function pauseJob(job: SyncJobState): void {
  job.state = 'Paused';
  job.generation += 1;
}

function schedule(source: TenantState, job: SyncJobState, due: number): void {
  const { generation } = job;
  source.agenda.add(due, () => {
    if (job.generation !== generation || job.state !== 'Active') return;
    runCycle(source, job);
    schedule(source, job, source.world.now() + jobIntervalMs);
  });
}

/** One cycle of Entra's own engine: creates, updates, and soft-deletes who is no longer in scope. */
function runCycle(source: TenantState, job: SyncJobState): void {
  const began = source.world.now();
  job.executions += 1;
  const target = source.world.tenants.get(job.targetTenantId);
  if (target?.policies.userSync(source.id) !== true) {
    job.quarantine = { reason: 'EncounteredQuarantineException', since: began };
    return;
  }
  const run: Run = { job, source, target, mapping: userMapping(job), exported: 0 };
  const entitled = [...source.users.primary.all()].filter((user) => isInScope(run, user));
  const ids = new Set(entitled.map(({ id }) => id));
  for (const user of entitled) project(run, user);
  for (const user of entitled) setManager(run, user);
  remove(run, ids);
  job.lastExecution = { began, ended: source.world.now(), exported: run.exported, entitled: entitled.length };
}

function userMapping({ schema }: SyncJobState): JsonObject {
  const rules = schema.synchronizationRules as readonly JsonObject[];
  const mappings = (rules[0]?.objectMappings ?? []) as readonly JsonObject[];
  return mappings.find(({ enabled, sourceObjectName }) => enabled === true && sourceObjectName === 'User') ?? {};
}

const rowsOf = ({ mapping }: Run): readonly JsonObject[] => mapping.attributeMappings as readonly JsonObject[];

/** Internal people who are live, assigned (or everybody), and pass the filters. */
function isInScope({ job, source, mapping }: Run, user: SandboxUser): boolean {
  if (user.deletedAt !== null || user.invitedAddress !== undefined || !passes(mapping.scope, user)) return false;
  if (job.secrets.SyncAll?.toLowerCase() === 'true') return true;
  const assigned = source.servicePrincipals.get(job.servicePrincipalId)?.assignments ?? new Map<string, unknown>();
  return assigned.has(user.id) || [...assigned.keys()].some((id) => source.groups.live(id)?.members.has(user.id) === true);
}

function project(run: Run, user: SandboxUser): void {
  const { job, target } = run;
  const link = job.links.get(user.id) ?? match(run, user);
  if (link === undefined) {
    // Whoever is blocked already is not brought over.
    if (user.properties.accountEnabled === false) return;
    create(run, user);
    return;
  }
  const account = target.users.primary.get(link.targetId);
  if (account === undefined) return;
  if (account.deletedAt !== null) {
    // Who was deleted by somebody else stays deleted.
    if (link.deletedAt === null) return;
    const restored = restoreUser(target, account, {});
    link.deletedAt = null;
    update(run, user, { link, account: restored });
    return;
  }
  if (link.sourceVersion !== user.version) update(run, user, { link, account });
}

/** An external account of the person that is there already. */
function match({ job, target }: Run, user: SandboxUser): Link | undefined {
  const names = [user.properties.userPrincipalName, user.properties.mail].map((name) =>
    typeof name === 'string' ? name.toLowerCase() : '',
  );
  const account = [...target.users.primary.all()].find(
    (each) => each.deletedAt === null && each.invitedAddress !== undefined && names.includes(each.invitedAddress),
  );
  if (account === undefined) return undefined;
  const link: Link = { targetId: account.id, sourceVersion: -1, deletedAt: null, blocked: false };
  job.links.set(user.id, link);
  return link;
}

function create(run: Run, user: SandboxUser): void {
  const { job, target } = run;
  const address = user.properties.userPrincipalName;
  if (typeof address !== 'string') return;
  const userType = rowsOf(run).find(({ targetAttributeName }) => targetAttributeName === 'userType');
  const account = insertInvitee(target, {
    address,
    displayName: undefined,
    userType: userType !== undefined && valueOf(asObject(userType.source), user) === 'Member' ? 'Member' : 'Guest',
    accepted: true,
    mailEnabled: addressOwner(target, address, undefined) === undefined,
  });
  const link: Link = { targetId: account.id, sourceVersion: -1, deletedAt: null, blocked: false };
  job.links.set(user.id, link);
  update(run, user, { link, account, action: 'create' });
}

/** Puts a line into the provisioning log. */
function tell({ job, target: { world } }: Run, line: Omit<LogLine, 'id' | 'at'>): void {
  job.log.push({ id: world.random.uuid(), at: world.now(), ...line });
}

interface Update {
  readonly link: Link;
  readonly account: SandboxUser;
  readonly action?: 'create' | 'update';
}

/** Writes what the rows say. A value that the source does not have leaves the account as it is. */
function update(run: Run, user: SandboxUser, { link, account, action = 'update' }: Update): void {
  let properties: Record<string, Json> = {};
  const values = new Map<string, Json>();
  for (const row of rowsOf(run)) {
    const { targetAttributeName: target, source, flowType } = row;
    if (typeof target !== 'string' || engineRows.has(target) || (flowType === 'ObjectAddOnly' && link.sourceVersion >= 0)) continue;
    const value = valueOf(asObject(source), user);
    if (value === null || value === '') continue;
    values.set(target, value);
    const more = written(target, value);
    properties =
      more.onPremisesExtensionAttributes === undefined
        ? { ...properties, ...more }
        : {
            ...properties,
            onPremisesExtensionAttributes: {
              ...asObject(properties.onPremisesExtensionAttributes),
              ...asObject(more.onPremisesExtensionAttributes),
            },
          };
  }
  const before = account.version;
  const after = changeProperties(run.target, account, properties);
  if (after.version !== before || action === 'create') {
    run.exported += 1;
    const changes = [...values].map(([name, value]) => ({
      name,
      from: null,
      to: typeof value === 'string' ? value : JSON.stringify(value),
    }));
    tell(run, { action, sourceId: user.id, targetId: account.id, changes });
  }
  link.sourceVersion = user.version;
  link.blocked = user.properties.accountEnabled === false;
}

function setManager(run: Run, user: SandboxUser): void {
  const { job, target } = run;
  if (user.managerId === null || !rowsOf(run).some(({ targetAttributeName }) => targetAttributeName === 'manager')) return;
  const account = target.users.primary.live(job.links.get(user.id)?.targetId ?? '');
  const manager = target.users.primary.live(job.links.get(user.managerId)?.targetId ?? '');
  if (account !== undefined && manager !== undefined) changeManager(target, account, manager.id);
}

/** Soft-deletes the accounts of those who have left the scope, unless there are too many of them. */
function remove(run: Run, inScope: ReadonlySet<string>): void {
  const { job, target, mapping } = run;
  if (typeof mapping.flowTypes === 'string' && !mapping.flowTypes.includes('Delete')) return;
  const leaving = [...job.links].filter(([id, link]) => !inScope.has(id) && link.deletedAt === null && !link.blocked);
  const limit = thresholdOf(job);
  if (limit !== undefined && leaving.length >= limit) {
    job.quarantine = { reason: 'TooManyDeletes', since: target.world.now() };
    return;
  }
  for (const [sourceId, link] of leaving) {
    const account = target.users.primary.live(link.targetId);
    if (account === undefined) continue;
    softDeleteUser(target, account);
    link.deletedAt = target.world.now();
    run.exported += 1;
    tell(run, { action: 'delete', sourceId, targetId: link.targetId, changes: [] });
  }
}

function thresholdOf({ secrets }: SyncJobState): number | undefined {
  const settings = JSON.parse(secrets.SyncNotificationSettings ?? '{}') as JsonObject;
  return settings.DeleteThresholdEnabled === true ? Number(settings.DeleteThresholdValue) : undefined;
}
