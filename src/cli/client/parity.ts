import type { GroupProjection, SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { isFrom } from '../../core/parity/home.ts';
import { parityOf, type EntraWrite, type Parity } from '../../core/parity/parity.ts';
import type { EntraJob } from '../../core/preflight/entra-jobs.ts';
import { mayReadEntraJobs, mayReadEntraLog } from '../../core/preflight/permissions.ts';
import { identityProperties } from '../../core/scope/identity-kind.ts';
import { priorities } from '../../ports/reconcile.ts';
import type { PairSession } from '../../controllers/shared/pair-sessions.ts';
import type { CallOptions } from '../../ports/directory.ts';
import { ClientError, type Cluster } from './cluster.ts';
import { hasPlan } from './people.ts';
import { standingOf } from './act.ts';
import { patiently, withSession, type CheckSite } from './session.ts';

/** A configuration in Plan mode with its pair and all records of the namespace, whose plan is of what its spec says now. */
export interface PlannedConfiguration {
  readonly configuration: SyncConfiguration;
  readonly pair: TenantPair;
  readonly records: readonly UserProjection[];
  readonly groups: readonly GroupProjection[];
}

/** Rejects with ClientError where there is no plan. */
export async function plannedConfiguration(cluster: Cluster, name: string): Promise<PlannedConfiguration> {
  const configuration = await cluster.get<SyncConfiguration>('syncConfiguration', name);
  const { mode, previewOf, tenantPairRef } = configuration.spec;
  if (mode !== 'Plan' || previewOf !== undefined)
    throw new ClientError(
      `SyncConfiguration ${name} is ${previewOf === undefined ? `in mode ${mode}` : 'a preview'}: a plan of its own is compared.`,
    );
  if (!hasPlan(configuration))
    throw new ClientError(`SyncConfiguration ${name} has no plan yet of what its spec says now. ${standingOf(configuration)}`);
  const pair = await cluster.get<TenantPair>('tenantPair', tenantPairRef.name);
  return { configuration, pair, ...(await recordsAround(cluster, configuration)) };
}

/** All records of people of the namespace, and those of groups where the configuration has any. */
export async function recordsAround(
  cluster: Cluster,
  { spec }: SyncConfiguration,
): Promise<Pick<PlannedConfiguration, 'records' | 'groups'>> {
  const records = await cluster.list<UserProjection>('userProjection');
  return { records, groups: spec.groups === undefined ? [] : await cluster.list<GroupProjection>('groupProjection') };
}

/** What both tenants say. */
interface Seen {
  readonly accounts: readonly string[];
  readonly job: EntraJob | undefined;
  readonly written: ReadonlyMap<string, EntraWrite>;
}

/** Live accounts of the target that are of people from domains of the source. */
async function accountsFrom(site: CheckSite, { source, target }: PairSession, options: CallOptions): Promise<readonly string[]> {
  const { verifiedDomains } = await patiently(site, () => source.organization(options));
  const domains = new Set(verifiedDomains.map(({ name }) => name.toLowerCase()));
  const found: string[] = [];
  for (let link: string | undefined; ;) {
    const { items, next } = await patiently(site, () => target.usersPage(link, identityProperties, options));
    found.push(...items.filter((user) => isFrom(domains, user)).map(({ id }) => id));
    if (next === undefined) return found;
    link = next;
  }
}

/** Entra's job for a target: of several one that runs. */
export function jobFor(jobs: readonly EntraJob[], targetTenantId: string): EntraJob | undefined {
  const own = jobs.filter((job) => job.targetTenantId === targetTenantId.toLowerCase());
  return own.find(({ runs }) => runs) ?? own[0];
}

/** Entra's job for the pair, and what it wrote; nothing where it may not be read. */
async function entraOf({ source }: PairSession, targetTenantId: string, options: CallOptions): Promise<Pick<Seen, 'job' | 'written'>> {
  const granted = await source.grantedPermissions(options);
  const job = mayReadEntraJobs(granted) ? jobFor((await source.entraJobs(options)).jobs, targetTenantId) : undefined;
  const isTold = job !== undefined && mayReadEntraLog(granted);
  return { job, written: isTold ? await source.entraWrites(job.jobId, options) : new Map<string, EntraWrite>() };
}

/** Compares the plan of a configuration with the target as it is, read from this machine with the pair's credentials. Writes nothing. */
export async function parityFromHere(site: CheckSite, { configuration, pair, records, groups }: PlannedConfiguration): Promise<Parity> {
  const options = { signal: site.signal, priority: priorities.onDemand };
  const isOwn = ({ spec }: UserProjection | GroupProjection): boolean => spec.syncConfigurationRef.name === configuration.metadata.name;
  const seen = await withSession(site, pair, async (session): Promise<Seen> => {
    const accounts = await accountsFrom(site, session, options);
    return { accounts, ...(await entraOf(session, pair.spec.target.tenantId, options)) };
  });
  const isOfTarget = ({ spec }: UserProjection): boolean =>
    spec.target.tenantId === pair.spec.target.tenantId && spec.previewOf === undefined;
  const others = records.filter((record) => !isOwn(record) && isOfTarget(record));
  return parityOf({
    ...seen,
    configuration,
    records: records.filter(isOwn),
    groups: groups.filter(isOwn),
    othersAccounts: new Set(
      others.flatMap(({ status }) => [status.targetUser?.objectId, status.plan?.objectId].filter((id) => id !== undefined)),
    ),
  });
}
