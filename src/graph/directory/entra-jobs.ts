import { DirectoryError, directoryFailure } from '../../core/errors/directory-error.ts';
import type { EntraJob, EntraJobs } from '../../core/preflight/entra-jobs.ts';
import type { CallOptions } from '../../ports/directory.ts';
import type { GraphClient } from '../http/client.ts';
import { readCost } from '../quota/costs.ts';
import { batchSize, sendBatch, worstOf, type BatchPart, type PartAnswer } from './batch.ts';
import { idOf } from './evidence.ts';
import { collection, isJson, text, type Json } from './json.ts';
import { allItems } from './lists.ts';
import { literal, query, segment } from './odata.ts';

/** Cross-tenant synchronization in Entra's gallery of applications, the same in every tenant. Source: Microsoft's guide to configuring it by Graph. */
const galleryApplication = '518e5f48-1fc8-4c48-9387-9fdf28b0dfe7';

/** An enterprise application that was made for cross-tenant synchronization. */
export interface SyncApplication {
  readonly id: string;
  readonly displayName: string;
}

/** The enterprise applications of cross-tenant synchronization. */
export async function syncApplications(client: GraphClient, options: CallOptions): Promise<readonly SyncApplication[]> {
  const $filter = `applicationTemplateId eq ${literal(galleryApplication)}`;
  const path = `/servicePrincipals${query({ $filter, $select: 'id,displayName' })}`;
  const call = { operation: 'servicePrincipals.list', kind: 'read', method: 'GET', target: { path } } as const;
  const items = await allItems(client, { ...call, cost: readCost('other', { select: true }) }, options);
  // An application that is left out would look as if it had no job.
  return items.map((item) => ({ id: idOf(item), displayName: text(item.displayName) ?? '' }));
}

/** Where the synchronization of an application stands. */
export const synchronizationPath = (servicePrincipalId: string): string =>
  `/servicePrincipals/${segment(servicePrincipalId)}/synchronization`;

/** Entra's own jobs between tenants; see {@link SourceDirectory.entraJobs}. */
export async function entraJobs(client: GraphClient, options: CallOptions): Promise<EntraJobs> {
  const applications = await syncApplications(client, options);
  const found = await each(client, applications, { operation: 'synchronization.jobs', path: 'jobs', read: jobsIn }, options);
  const unread = new Set(applications.filter((_, index) => isMissing(found[index])).map(({ id }) => id));
  const jobs = found.flatMap((answer, index) => listedIn(answer).map((job) => ({ ...job, application: applications[index] })));
  const serving = [...new Set(jobs.flatMap(({ application }) => application ?? []))];
  const answers = await each(client, serving, { operation: 'synchronization.secrets', path: 'secrets', read: targetIn }, options);
  const targets = new Map(serving.map((application, index) => [application.id, targetOf(application, answers[index])]));
  for (const [index, { id }] of serving.entries())
    if (targets.get(id) === undefined && isMissing(answers[index]) && !isForbidden(answers[index])) unread.add(id);
  return {
    jobs: jobs.map(({ application, ...job }) => {
      const servicePrincipalId = application?.id ?? '';
      return { ...job, servicePrincipalId, targetTenantId: targets.get(servicePrincipalId) };
    }),
    unread: [...unread],
  };
}

/** Asks something of the synchronization of each application, in batches. Applications that are gone meanwhile have no jobs. One that asks to wait fails the call. */
async function each<T>(
  client: GraphClient,
  applications: readonly SyncApplication[],
  part: { readonly operation: string; readonly path: string; readonly read: BatchPart<T>['parse'] },
  options: CallOptions,
): Promise<readonly PartAnswer<T>[]> {
  const answers: PartAnswer<T>[] = [];
  for (let from = 0; from < applications.length; from += batchSize) {
    const parts = applications.slice(from, from + batchSize).map(({ id }) => ({
      path: `${synchronizationPath(id)}/${part.path}`,
      cost: readCost('other', {}),
      objectId: id,
      parse: part.read,
    }));
    answers.push(...(await sendBatch(client, part.operation, parts, options)));
    const throttled = worstOf(answers.filter((answer) => directoryFailure(answer, 'Throttled') !== undefined));
    if (throttled !== undefined) throw throttled;
  }
  return answers;
}

type Listed = Pick<EntraJob, 'jobId' | 'runs' | 'people' | 'lastRanAt'>;

/** An answer that leaves open what there is. An application that is not there has nothing. */
const isMissing = (answer: PartAnswer<unknown> | undefined): boolean =>
  answer === undefined || (answer instanceof DirectoryError && directoryFailure(answer, 'NotFound') === undefined);

const isForbidden = (answer: PartAnswer<unknown> | undefined): boolean => directoryFailure(answer, 'Forbidden') !== undefined;

/** The jobs of an answer; none where it is missing. */
const listedIn = (answer: PartAnswer<readonly Listed[]>): readonly Listed[] => (answer instanceof DirectoryError ? [] : answer.object);

const longestId = 256;

/** The id of a job in a form that stands in a status, on a terminal and in a command as it is. */
const plainId = (id: string): string => id.slice(0, longestId).replaceAll(/[^\w.-]/g, '?');

function jobsIn(body: unknown): readonly Listed[] {
  return collection(body).items.flatMap((job) => {
    const jobId = plainId(text(job.id) ?? '');
    const isCrossTenant = [jobId.split('.')[0], text(job.templateId)].some((template) => template?.toLowerCase() === 'azure2azure');
    return isCrossTenant ? [{ jobId, runs: jobRuns(job), ...peopleOf(job), ...lastRunOf(job) }] : [];
  });
}

function peopleOf({ status }: Json): Pick<EntraJob, 'people'> {
  const counts =
    isJson(status) && Array.isArray(status.synchronizedEntryCountByType) ? (status.synchronizedEntryCountByType as unknown[]) : [];
  const value = counts.filter(isJson).find(({ key }) => text(key)?.toLowerCase() === 'user to user')?.value;
  return typeof value === 'number' ? { people: value } : {};
}

function lastRunOf({ status }: Json): Pick<EntraJob, 'lastRanAt'> {
  const last = isJson(status) && isJson(status.lastExecution) ? text(status.lastExecution.timeEnded) : undefined;
  return last === undefined || !Number.isFinite(Date.parse(last)) ? {} : { lastRanAt: last };
}

/** A stopped job finishes the cycle that is under way. A state that is not known counts as running. */
export function jobRuns(job: Json): boolean {
  const word = (of: unknown, name: string): string | undefined => (isJson(of) ? text(of[name])?.toLowerCase() : undefined);
  const state = word(job.schedule, 'state');
  return (state !== 'paused' && state !== 'disabled') || word(job.status, 'code') === 'active';
}

function targetIn(body: unknown): string | undefined {
  const found = collection(body).items.find(({ key }) => text(key)?.toLowerCase() === 'companyid');
  return text(found?.value)?.toLowerCase();
}

/** The target tenant: by the settings, or, where those may not be read, by the name that the admin centre of multitenant organizations gives. */
function targetOf({ displayName }: SyncApplication, answer: PartAnswer<string | undefined> | undefined): string | undefined {
  if (answer !== undefined && 'object' in answer && answer.object !== undefined) return answer.object;
  return /^MTO_Sync_([0-9a-f-]{36})$/i.exec(displayName)?.[1]?.toLowerCase();
}
