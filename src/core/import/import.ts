import { isAssignments, readAssignments, type EntraAssignments } from './assignments.ts';
import { remark, type Part, type Remark } from './commented.ts';
import { decodeFile, type ImportFile } from './decode.ts';
import { takeFilters } from './filters.ts';
import { takeGroups } from './groups.ts';
import { contextOf, tenantInJobId, type Context } from './ids.ts';
import { chooseJob, isCrossTenant, isJob, listed, readJob, type EntraJob } from './job.ts';
import { manifestsOf, type Facts, type Known } from './manifests.ts';
import { takeUserMappings, type Strictness } from './mappings.ts';
import { chooseMappings, notCrossTenant, type ChosenMappings } from './object-mappings.ts';
import { quoted, type Problem } from './problem.ts';
import { isSchema, readSchema, type EntraSchema } from './schema.ts';
import { isSecrets, readSecrets, type EntraSecrets } from './secrets.ts';
import { takeTargetActions } from './target-actions.ts';
import { member, problemAt, type Placed } from './untrusted.ts';

/** The files of one job. */
export interface ImportFiles {
  readonly schema: ImportFile;
  readonly job?: ImportFile;
  readonly secrets?: ImportFile;
  readonly assignments?: ImportFile;
}

/** What is said beside the files. Ids are GUIDs in lower case, names are those of Kubernetes: the caller has checked them. */
export interface ImportOptions {
  readonly strictness: Strictness;
  readonly name?: string;
  readonly namespace?: string;
  readonly sourceTenant?: string;
  readonly targetTenant?: string;
  readonly sourceClientId?: string;
  readonly targetClientId?: string;
  readonly servicePrincipal?: string;
}

export type ImportResult =
  | {
      readonly kind: 'Taken';
      readonly remarks: readonly Remark[];
      /** TenantPair and SyncConfiguration. */
      readonly parts: readonly Part[];
      /** Mappings that lenience left out. */
      readonly leftOut: number;
    }
  | { readonly kind: 'Refused'; readonly problems: readonly Problem[] };

/** The values of the files that could be read. */
interface Values {
  readonly schema: Placed;
  readonly job: Placed | undefined;
  readonly secrets: Placed | undefined;
  readonly assignments: Placed | undefined;
}

type Shape = 'schema' | 'job' | 'secrets' | 'assignments' | 'empty list' | 'unknown';

function shapeOf(of: Placed): Shape {
  if (isSchema(of) || (isJob(of) && isSchema(member(of, 'schema')))) return 'schema';
  if (isJob(of)) return 'job';
  const list = Array.isArray(of.value) ? of : member(of, 'value');
  if (Array.isArray(list.value) && list.value.length === 0) return 'empty list';
  if (listed(of, []).some(isJob)) return 'job';
  if (isAssignments(of)) return 'assignments';
  return isSecrets(of) ? 'secrets' : 'unknown';
}

const addresses: Readonly<Record<'schema' | 'job' | 'secrets' | 'assignments', string>> = {
  schema: 'GET .../synchronization/jobs/{id}/schema, or the download of the schema editor',
  job: 'GET .../synchronization/jobs/{id}',
  secrets: 'GET .../synchronization/secrets',
  assignments: 'GET .../servicePrincipals/{id}/appRoleAssignedTo',
};

/** Reads a file that is to be of one kind. What it is, is told by its shape, never by its name. */
function decode(file: ImportFile | undefined, kind: keyof typeof addresses, problems: Problem[]): Placed | undefined {
  if (file === undefined) return undefined;
  const decoded = decodeFile(file);
  if (!('value' in decoded)) {
    problems.push(decoded);
    return undefined;
  }
  const shape = shapeOf(decoded);
  // A list of jobs may hold the schema of each.
  if (shape === kind || (kind === 'job' && shape === 'schema' && isJob(decoded))) return decoded;
  if (shape === 'empty list' && kind !== 'schema') return decoded;
  if (kind === 'schema' && shape === 'job' && listed(decoded, []).some((job) => isSchema(member(job, 'schema')))) return decoded;
  const found = shape === 'unknown' || shape === 'empty list' ? 'nothing known is in it' : `it has the shape of ${shape}`;
  problems.push(problemAt(decoded, { what: `${found}, where the ${kind} belongs`, wayOut: `give the answer of ${addresses[kind]}` }));
  return undefined;
}

/** The schema in a file: alone, or inside a job. */
function schemaIn(of: Placed, problems: Problem[]): { readonly schema: Placed; readonly job: Placed | undefined } {
  if (isSchema(of)) return { schema: of, job: undefined };
  const jobs = (isJob(of) ? [of] : listed(of, [])).filter((job) => isSchema(member(job, 'schema')));
  const fitting = jobs.filter((each) => isCrossTenant(readJob(each)));
  if (fitting.length > 1) {
    const what = `there are several jobs between tenants in it: ${fitting.map((each) => quoted(readJob(each).id)).join(', ')}`;
    problems.push(problemAt(of, { what, wayOut: 'export the one that is meant: GET .../synchronization/jobs/{id}/schema' }));
  }
  const job = fitting[0] ?? jobs[0] ?? of;
  return { schema: member(job, 'schema'), job };
}

function readFiles(files: ImportFiles, problems: Problem[]): Values | undefined {
  const schemaFile = decode(files.schema, 'schema', problems);
  const others = {
    job: decode(files.job, 'job', problems),
    secrets: decode(files.secrets, 'secrets', problems),
    assignments: decode(files.assignments, 'assignments', problems),
  };
  if (schemaFile === undefined) return undefined;
  const { schema, job } = schemaIn(schemaFile, problems);
  return { ...others, schema, job: others.job ?? job };
}

/** The files beside the schema, read. */
interface Companions {
  readonly job: EntraJob | undefined;
  readonly secrets: EntraSecrets | undefined;
  readonly assignments: EntraAssignments | undefined;
}

function readCompanions(values: Values, schema: EntraSchema, problems: Problem[]): Companions {
  const job = values.job === undefined ? undefined : chooseJob(values.job, schema.id === '' ? undefined : schema.id, problems);
  if (job !== undefined && schema.id !== '' && job.id.toLowerCase() !== schema.id.toLowerCase()) {
    const what = `the job is ${quoted(job.id)}, and the schema is that of ${quoted(schema.id)}`;
    problems.push(problemAt(member(job.at, 'id'), { what, wayOut: 'give the files of one job' }));
  }
  return {
    job,
    secrets: values.secrets === undefined ? undefined : readSecrets(values.secrets, problems),
    assignments: values.assignments === undefined ? undefined : readAssignments(values.assignments, problems),
  };
}

/** Where each file says that it is from. */
function contextsOf(values: Values, { job, secrets, assignments }: Companions): readonly (readonly [Placed | undefined, Context])[] {
  const resourceId = assignments?.resourceId;
  return [
    [values.schema, contextOf(values.schema)],
    [job?.at, job?.context ?? {}],
    [values.secrets, secrets?.context ?? {}],
    [values.assignments, assignments?.context ?? {}],
    [values.assignments, resourceId === undefined ? {} : { servicePrincipalId: resourceId }],
  ];
}

/** The application of the job, which every file may name; two that differ are files of two jobs. */
function applicationOf(values: Values, companions: Companions, options: ImportOptions, problems: Problem[]): Context {
  const contexts = contextsOf(values, companions);
  const cloud = contexts.find(([, context]) => context.cloud !== undefined)?.[1].cloud;
  let known = options.servicePrincipal;
  for (const [of, { servicePrincipalId }] of contexts) {
    known ??= servicePrincipalId;
    if (of === undefined || servicePrincipalId === undefined || servicePrincipalId === known) continue;
    const what = `it belongs to the service principal ${servicePrincipalId}, and the others to ${known ?? 'none'}`;
    problems.push(problemAt(of, { what, wayOut: 'give the files of one job' }));
  }
  return { ...(known === undefined ? {} : { servicePrincipalId: known }), ...(cloud === undefined ? {} : { cloud }) };
}

function sourceTenantOf(id: string, options: ImportOptions): Known {
  if (options.sourceTenant !== undefined) return { value: options.sourceTenant, remarks: [remark('note', 'as given on the command line')] };
  const tenant = tenantInJobId(id);
  if (tenant === undefined)
    return {
      value: undefined,
      remarks: [remark('fill in', 'the id of the source tenant (--source-tenant): the id of the job does not tell it')],
    };
  return {
    value: tenant,
    remarks: [remark('taken over', 'from the id of the job, whose middle part is the source tenant by all that is known: check it')],
  };
}

function targetTenantOf({ secrets }: Companions, values: Values, options: ImportOptions, problems: Problem[]): Known {
  const inFile = secrets?.targetTenantId;
  if (options.targetTenant !== undefined) {
    if (inFile !== undefined && inFile !== options.targetTenant && values.secrets !== undefined)
      problems.push(
        problemAt(values.secrets, {
          what: `CompanyId is ${inFile}, and --target-tenant ${options.targetTenant}`,
          wayOut: 'leave one of them out',
        }),
      );
    return { value: options.targetTenant, remarks: [remark('note', 'as given on the command line')] };
  }
  if (inFile !== undefined) return { value: inFile, remarks: [remark('taken over', 'CompanyId of the secrets')] };
  return {
    value: undefined,
    remarks: [remark('fill in', 'the id of the target tenant: it stands among the secrets alone (--secrets, or --target-tenant)')],
  };
}

/** A name of one configuration, the same at every import of the job. */
const nameOf = (id: string, options: ImportOptions): string => {
  const own = /\.([0-9a-f]{8})-[0-9a-f-]*$/i.exec(id)?.[1]?.toLowerCase();
  return options.name ?? (own === undefined ? 'entra-job' : `entra-${own}`);
};

function headOf(id: string, chosen: ChosenMappings): readonly Remark[] {
  const { helpers, disabled } = chosen;
  return [
    remark('note', `from the Entra synchronization job ${id === '' ? 'without an id' : quoted(id)}`),
    ...(helpers === 0 ? [] : [remark('note', `${helpers} helper mappings of the export synchronize nothing`)]),
    ...disabled.map((name) => remark('note', `the disabled mapping ${quoted(name)} is left out`)),
  ];
}

function factsOf(values: Values, schema: EntraSchema, options: ImportOptions, problems: Problem[]): Facts | undefined {
  const companions = readCompanions(values, schema, problems);
  const application = applicationOf(values, companions, options, problems);
  const { job, secrets, assignments } = companions;
  const id = schema.id === '' ? (job?.id ?? '') : schema.id;
  const chosen = chooseMappings(schema, problems);
  const syncAll = secrets?.syncAll;
  const source = sourceTenantOf(id, options);
  const target = targetTenantOf(companions, values, options, problems);
  if (source.value !== undefined && source.value === target.value)
    problems.push(
      problemAt(values.schema, {
        what: `source and target are the same tenant, ${source.value}`,
        wayOut: 'give the right one: --source-tenant, --target-tenant',
      }),
    );
  const groups = takeGroups(chosen.groups, syncAll === true, options.strictness, problems);
  if (chosen.users === undefined) return undefined;
  return {
    name: nameOf(id, options),
    namespace: options.namespace,
    source: { tenantId: source, clientId: options.sourceClientId, cloud: application.cloud },
    target: { tenantId: target, clientId: options.targetClientId },
    scope: {
      syncAll,
      assignments,
      servicePrincipalId: application.servicePrincipalId,
      filters: takeFilters(chosen.users.filter, problems),
    },
    mappings: takeUserMappings(chosen.users, options.strictness, problems),
    targetActions: takeTargetActions(chosen.users, problems),
    groups,
    job,
    secrets,
    remarks: headOf(id, chosen),
  };
}

/**
 * Manifests of an Entra synchronization job between tenants, or everything that stands against them. A function of its input alone: the
 * order of members, rows and filters' clauses in the files, and their spelling, change nothing but what is said about them.
 */
export function importJob(files: ImportFiles, options: ImportOptions): ImportResult {
  const problems: Problem[] = [];
  const values = readFiles(files, problems);
  if (values === undefined) return { kind: 'Refused', problems };
  const schemaProblems: Problem[] = [];
  const schema = readSchema(values.schema, schemaProblems);
  const templates = values.job === undefined || !isJob(values.job) ? [] : [readJob(values.job)];
  const foreign = notCrossTenant(schema, templates[0]);
  if (foreign !== undefined) return { kind: 'Refused', problems: [...problems, foreign] };
  problems.push(...schemaProblems);
  const facts = factsOf(values, schema, options, problems);
  if (facts === undefined || problems.length > 0) return { kind: 'Refused', problems };
  return { kind: 'Taken', ...manifestsOf(facts), leftOut: facts.mappings.leftOut };
}
