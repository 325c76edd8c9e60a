import { contextOf, templateInJobId, type Context } from './ids.ts';
import { quoted, type Problem } from './problem.ts';
import { entries, has, member, present, problemAt, text, type Placed } from './untrusted.ts';

/** What a job tells beside its schema. Texts are as the export has them. */
export interface EntraJob {
  readonly at: Placed;
  readonly id: string;
  readonly templateId: string;
  readonly context: Context;
  readonly interval: string | undefined;
  readonly expiration: string | undefined;
  readonly state: string | undefined;
  readonly code: string | undefined;
  readonly quarantineReason: string | undefined;
  /** Objects that Entra counts as synchronized, by pair of kinds. */
  readonly counts: readonly { readonly key: string; readonly value: string }[];
}

/** Whether a value has the shape of a job. */
export const isJob = (of: Placed): boolean => has(of, 'templateId') || (has(of, 'schedule') && has(of, 'status'));

/** The entries of a list as Graph (`{value: []}`) or PowerShell (`[]`, or one entry alone) writes it. */
export function listed(of: Placed, problems: Problem[]): readonly Placed[] {
  return entries(Array.isArray(member(of, 'value').value) ? member(of, 'value') : of, problems);
}

function told(of: Placed): string | undefined {
  const given = text(of);
  return given === null || given === '' || given.startsWith('0001-01-01') ? undefined : given;
}

export function readJob(of: Placed): EntraJob {
  const schedule = member(of, 'schedule');
  const status = member(of, 'status');
  const quarantine = member(status, 'quarantine');
  return {
    at: of,
    id: text(member(of, 'id')) ?? '',
    templateId: text(member(of, 'templateId')) ?? '',
    context: contextOf(of),
    interval: told(member(schedule, 'interval')),
    expiration: told(member(schedule, 'expiration')),
    state: told(member(schedule, 'state')),
    code: told(member(status, 'code')),
    quarantineReason: present(quarantine) ? (told(member(quarantine, 'reason')) ?? 'Unknown') : undefined,
    counts: entries(member(status, 'synchronizedEntryCountByType'), []).flatMap((entry) => {
      const key = text(member(entry, 'key'));
      const value = text(member(entry, 'value'));
      return key === null || value === null ? [] : [{ key, value }];
    }),
  };
}

export const isCrossTenant = ({ id, templateId }: Pick<EntraJob, 'id' | 'templateId'>): boolean =>
  [templateInJobId(id), templateId].some((template) => template.toLowerCase() === 'azure2azure');

/** The one job of the file that is meant: the schema's, or the only one between tenants. */
export function chooseJob(of: Placed, schemaId: string | undefined, problems: Problem[]): EntraJob | undefined {
  const jobs = (isJob(of) ? [of] : listed(of, problems)).filter(isJob).map(readJob);
  const own = jobs.find(({ id }) => id.toLowerCase() === schemaId?.toLowerCase());
  if (own) return own;
  const fitting = jobs.filter(isCrossTenant);
  const [first, ...more] = fitting;
  const ids = jobs.map(({ id }) => quoted(id)).join(', ');
  if (first === undefined) {
    const what = jobs.length === 0 ? 'there is no job in it' : `no job in it synchronizes with another tenant: ${ids}`;
    problems.push(problemAt(of, { what, wayOut: 'export the job of the cross-tenant configuration: GET .../synchronization/jobs/{id}' }));
  } else if (more.length > 0) {
    const what = `there are several jobs between tenants in it: ${fitting.map(({ id }) => quoted(id)).join(', ')}`;
    problems.push(problemAt(of, { what, wayOut: 'export the one that is meant: GET .../synchronization/jobs/{id}' }));
  }
  return more.length > 0 ? undefined : first;
}
