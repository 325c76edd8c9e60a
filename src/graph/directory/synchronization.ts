import { exportJson } from '../../core/wire/json.ts';
import type { CallOptions, ExportedJob, SynchronizationReader } from '../../ports/directory.ts';
import type { GraphClient } from '../http/client.ts';
import { readCost } from '../quota/costs.ts';
import { jobRuns, synchronizationPath, syncApplications } from './entra-jobs.ts';
import { collection, objectBody, text, type Json } from './json.ts';
import { allItems } from './lists.ts';
import { query, segment } from './odata.ts';

/** Reads Entra's own synchronization jobs as they are, for an import; see {@link SynchronizationReader}. */
export function synchronizationReader(client: GraphClient): SynchronizationReader {
  const read = async (operation: string, path: string, options: CallOptions): Promise<Json> => {
    const call = { operation, kind: 'read', method: 'GET', target: { path }, cost: readCost('other', {}), bounds: exportJson } as const;
    return objectBody((await client.send(call, options)).body, false);
  };
  return {
    jobs: async (options) => {
      const found: ExportedJob[] = [];
      for (const { id, displayName } of await syncApplications(client, options)) {
        const answer = await read('synchronization.jobs', `${synchronizationPath(id)}/jobs`, options);
        const context = answer['@odata.context'];
        for (const job of collection(answer).items)
          found.push({
            jobId: text(job.id) ?? '',
            servicePrincipalId: id,
            application: displayName,
            runs: jobRuns(job),
            job: typeof context === 'string' ? { '@odata.context': `${context}/$entity`, ...job } : job,
          });
      }
      return found;
    },
    schema: ({ servicePrincipalId, jobId }, options) =>
      read('synchronization.schema', `${synchronizationPath(servicePrincipalId)}/jobs/${segment(jobId)}/schema`, options),
    secrets: ({ servicePrincipalId }, options) =>
      read('synchronization.secrets', `${synchronizationPath(servicePrincipalId)}/secrets`, options),
    assignments: async ({ servicePrincipalId }, options) => {
      const path = `/servicePrincipals/${segment(servicePrincipalId)}/appRoleAssignedTo${query({ $top: 999 })}`;
      const call = { operation: 'applications.assignments', kind: 'read', method: 'GET', target: { path } } as const;
      return { value: await allItems(client, { ...call, cost: readCost('other', {}) }, options) };
    },
  };
}
