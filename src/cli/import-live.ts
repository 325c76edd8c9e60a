import { readFileSync } from 'node:fs';
import { ConfigError } from '../config.ts';
import { directoryFailure } from '../core/errors/directory-error.ts';
import type { ImportFile } from '../core/import/decode.ts';
import { isGuid } from '../core/import/ids.ts';
import type { ImportFiles } from '../core/import/import.ts';
import { quoted, visible } from '../core/import/problem.ts';
import { createDirectoryFactory } from '../graph/factory.ts';
import type { CallOptions, CredentialSpec, ExportedJob, SynchronizationReader } from '../ports/directory.ts';
import { priorities } from '../ports/reconcile.ts';
import { commandQuotaShare, wayToTenants, type WayToTenants } from './way-to-tenants.ts';

/** What the flags say of a job that is read from its tenant. */
export interface LiveFlags {
  /** The source tenant. */
  readonly tenantId: string;
  readonly jobId: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecretFile: string | undefined;
  readonly clientCertificateFile: string | undefined;
  readonly cloud: string;
  readonly cloudsFile: string | undefined;
}

/** What the command has around it: the environment, and a way to the tenants where it is not that of this machine. */
export interface LiveSite {
  readonly environment: NodeJS.ProcessEnv;
  readonly way?: WayToTenants;
}

/** What was read, and what could not be; or why nothing was. */
export type Live =
  | { readonly type: 'Read'; readonly files: ImportFiles; readonly servicePrincipalId: string; readonly notes: readonly string[] }
  | { readonly type: 'Misused' | 'Failed'; readonly lines: readonly string[] };

const misused = (...lines: readonly string[]): Live => ({ type: 'Misused', lines });

const idVariable = 'TENANTSYNC_IMPORT_CLIENT_ID';
const secretVariable = 'TENANTSYNC_IMPORT_CLIENT_SECRET';

/** The credentials of the read-only application: a secret comes from a file or the environment, so that no list of processes shows it. */
function credentialsOf(flags: LiveFlags, environment: NodeJS.ProcessEnv): CredentialSpec | string {
  const clientId = flags.clientId ?? environment[idVariable] ?? '';
  if (clientId === '') return `give the application to sign in with: --client-id, or ${idVariable}`;
  if (!isGuid(clientId)) return `${flags.clientId === undefined ? idVariable : '--client-id'}: ${quoted(clientId)} is not an id`;
  const { clientSecretFile, clientCertificateFile } = flags;
  if (clientSecretFile !== undefined && clientCertificateFile !== undefined)
    return 'give one of --client-secret-file and --client-certificate-file';
  try {
    if (clientCertificateFile !== undefined) return certificateIn(clientCertificateFile, clientId);
    const secret = clientSecretFile === undefined ? (environment[secretVariable] ?? '') : readFileSync(clientSecretFile, 'utf8').trim();
    if (secret !== '') return { type: 'ClientSecret', clientId, secret };
  } catch (error) {
    return visible((error as Error).message);
  }
  return clientSecretFile === undefined
    ? `give its credentials: --client-secret-file, --client-certificate-file, or ${secretVariable} (a secret is never a flag)`
    : `--client-secret-file: ${visible(clientSecretFile)} is empty`;
}

function certificateIn(path: string, clientId: string): CredentialSpec | string {
  const pem = readFileSync(path, 'utf8');
  const parts = { certificatePem: partsOf(pem, /CERTIFICATE/), privateKeyPem: partsOf(pem, /PRIVATE KEY/) };
  if (parts.certificatePem !== '' && parts.privateKeyPem !== '') return { type: 'ClientCertificate', clientId, ...parts };
  return `--client-certificate-file: ${visible(path)} needs a certificate and its private key, both in PEM`;
}

/** The blocks of a PEM file of one kind. */
function partsOf(pem: string, kind: RegExp): string {
  const blocks = pem.match(/-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  return blocks.filter((block) => kind.test(block.slice(0, 60))).join('\n');
}

const fileOf = (name: string, answer: unknown): ImportFile => ({ name, bytes: Buffer.from(JSON.stringify(answer)) });

const lineOf = ({ jobId, application, runs }: ExportedJob): string =>
  `  ${visible(jobId)}  ${runs ? 'runs' : 'stopped'}  ${quoted(application)}`;

/** The job that is meant: the one that was named, or the only one. */
function chosen(jobs: readonly ExportedJob[], wanted: string | undefined): ExportedJob | Live {
  const list = jobs.map(lineOf);
  const [first, ...more] = wanted === undefined ? jobs : jobs.filter(({ jobId }) => jobId.toLowerCase() === wanted.toLowerCase());
  if (jobs.length === 0)
    return { type: 'Failed', lines: ['there is no enterprise application of cross-tenant synchronization with a job in this tenant'] };
  if (first === undefined) return misused(`there is no job ${quoted(wanted ?? '')}; these are there:`, ...list);
  return more.length > 0 ? misused('there are several jobs; say which with --job:', ...list) : first;
}

/** Something that a job has beside its schema: without the permission for it the import goes on, and says so. */
async function companion(read: () => Promise<unknown>, name: string, without: string): Promise<ImportFile | string> {
  try {
    return fileOf(name, await read());
  } catch (error) {
    if (directoryFailure(error, 'Forbidden') === undefined) throw error;
    return `${name} may not be read: ${without}`;
  }
}

async function filesOf(reader: SynchronizationReader, job: ExportedJob, options: CallOptions): Promise<Live> {
  const schema = fileOf('the schema', await reader.schema(job, options));
  const secrets = await companion(
    () => reader.secrets(job, options),
    'the list of settings',
    'the target tenant, the scope type and the deletion threshold are not known (Synchronization.ReadWrite.All; or --target-tenant)',
  );
  const assignments = await companion(
    () => reader.assignments(job, options),
    'the list of assignments',
    'the assignments of the application are mirrored instead (Application.Read.All)',
  );
  const files: ImportFiles = {
    schema,
    job: fileOf('the job', job.job),
    ...(typeof secrets === 'string' ? {} : { secrets }),
    ...(typeof assignments === 'string' ? {} : { assignments }),
  };
  const notes = [secrets, assignments].filter((each) => typeof each === 'string');
  return { type: 'Read', files, servicePrincipalId: job.servicePrincipalId, notes };
}

/**
 * Reads a job of Entra from its tenant, with an application that may read and nothing else (`Synchronization.Read.All`, `Application.Read.All`). Only
 * hosts of known clouds are asked.
 */
export async function readLive(flags: LiveFlags, { environment, way }: LiveSite): Promise<Live> {
  const credentials = credentialsOf(flags, environment);
  if (typeof credentials === 'string') return misused(credentials);
  let opened: ReturnType<typeof wayToTenants>;
  try {
    opened = way === undefined ? wayToTenants(flags.cloudsFile, environment) : { way, close: () => Promise.resolve() };
  } catch (error) {
    if (error instanceof ConfigError) return misused(error.message);
    throw error;
  }
  try {
    const serviceAccountTokens = { request: () => Promise.reject(new Error('no cluster is asked')) };
    const directories = createDirectoryFactory({ ...opened.way, serviceAccountTokens, quotaShare: commandQuotaShare });
    if (!directories.clouds.includes(flags.cloud))
      return misused(
        `--cloud: ${quoted(flags.cloud)} is not known; known are ${directories.clouds.join(', ')}, and those of --clouds-file`,
      );
    const reader = directories.synchronization({ side: 'source', tenantId: flags.tenantId, cloud: flags.cloud, credentials });
    const options = { signal: new AbortController().signal, priority: priorities.onDemand };
    const job = chosen(await reader.jobs(options), flags.jobId);
    return 'type' in job ? job : await filesOf(reader, job, options);
  } catch (error) {
    const failure = directoryFailure(error);
    if (failure === undefined) throw error;
    return { type: 'Failed', lines: [`${failure.reason}: ${visible(failure.message)}`] };
  } finally {
    await opened.close();
  }
}
