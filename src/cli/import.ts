import { closeSync, openSync, readSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Part, Remark } from '../core/import/commented.ts';
import { largestFile, type ImportFile } from '../core/import/decode.ts';
import { isGuid } from '../core/import/ids.ts';
import { importJob, type ImportFiles, type ImportOptions } from '../core/import/import.ts';
import { describeProblem, visible } from '../core/import/problem.ts';
import { commentedYaml } from './commented-yaml.ts';
import type { Streams } from './evaluate.ts';
import { readLive, type LiveSite } from './import-live.ts';
import { readInput } from './read-input.ts';

export const importHelp = `Usage: tenantsync import FILE [flags]
       tenantsync import --from-tenant ID --client-id ID --client-secret-file FILE [flags]
       tenantsync import --handover CONFIGURATION [flags]

Makes manifests of an Entra synchronization job: a TenantPair and a SyncConfiguration in Plan mode on standard output, with a comment
on each line that says what was taken over, what differs and why, and what cannot be. Only reads; nothing is changed anywhere.

FILE is the job's schema: the download of the portal's schema editor, or the answer of
GET https://graph.microsoft.com/v1.0/servicePrincipals/{id}/synchronization/jobs/{job}/schema (- for standard input).

  --job FILE                 the job: interval and state (GET .../synchronization/jobs/{job})
  --secrets FILE             target tenant, scope type and deletion threshold (GET .../synchronization/secrets); nothing else of it is shown
  --assignments FILE         who is assigned (GET .../servicePrincipals/{id}/appRoleAssignedTo); else the application is mirrored
  --from-tenant ID           read all of that from the source tenant instead, with an application that may only read
                             (Synchronization.Read.All and Application.Read.All)
    --job ID                 the job that is meant, where there are several; without it they are listed
    --client-id ID           the application (or TENANTSYNC_IMPORT_CLIENT_ID)
    --client-secret-file FILE, --client-certificate-file FILE
                             its secret (or TENANTSYNC_IMPORT_CLIENT_SECRET), or its certificate and private key in PEM
    --cloud NAME, --clouds-file FILE
                             the tenant's cloud (default: Global), and the operator's file where it is one of it
  --handover CONFIGURATION   what comes next in the change from Entra's job to this configuration in the cluster, each step checked before
                             the next is shown (--namespace, --context, --kubeconfig)
  --lenient                  leave mappings that cannot be taken over out, with a comment; scope and matching stay strict
  --name NAME                name of both resources (default: from the job's id)
  --namespace NAMESPACE      namespace to write into both
  --source-tenant ID         id of the source tenant, if the job's id does not tell it
  --target-tenant ID         id of the target tenant, if there are no secrets
  --source-client-id ID      app registration of the operator in the source tenant
  --target-client-id ID      app registration of the operator in the target tenant
  --service-principal ID     service principal of the Entra configuration, if no file names it

  tenantsync import schema.json --job job.json --secrets secrets.json --assignments assignments.json > contoso.yaml

Exit status: 0 done, 1 something cannot be taken over or read (everything is told, and nothing is printed), 2 wrong use or, with
--handover, a step that is still to be made.
`;

const ids = ['source-tenant', 'target-tenant', 'source-client-id', 'target-client-id', 'service-principal', 'from-tenant'] as const;
const companions = ['job', 'secrets', 'assignments'] as const;
const text = { type: 'string' } as const;
const flags = {
  ...{ job: text, secrets: text, assignments: text, name: text, namespace: text },
  ...{ 'source-tenant': text, 'target-tenant': text, 'source-client-id': text, 'target-client-id': text, 'service-principal': text },
  ...{ 'from-tenant': text, 'client-id': text, 'client-secret-file': text, 'client-certificate-file': text },
  ...{ cloud: text, 'clouds-file': text },
  lenient: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof flags }>>['values'];

/** The command as it was written. Without a file the job is read from its tenant. */
interface Command {
  readonly file: string | undefined;
  readonly values: Values;
}

const liveFlags = ['client-id', 'client-secret-file', 'client-certificate-file', 'cloud', 'clouds-file'] as const;

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What is wrong with the flags. */
function misuse({ file, values }: Command): string | undefined {
  for (const flag of ids) {
    const given = values[flag];
    if (given !== undefined && !isGuid(given))
      return `--${flag}: ${visible(given)} is not an id such as 8f2c0c1e-5a0b-4c57-9d1a-3f3a5f0c1a11`;
  }
  for (const flag of ['name', 'namespace'] as const) {
    const given = values[flag];
    if (given !== undefined && !dnsLabel.test(given))
      return `--${flag}: use 1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit`;
  }
  const live = values['from-tenant'] !== undefined;
  const superfluous = (live ? (['secrets', 'assignments'] as const) : liveFlags).find((flag) => values[flag] !== undefined);
  if (superfluous !== undefined)
    return live ? `--${superfluous}: it is read from the tenant` : `--${superfluous}: it is for a job that is read with --from-tenant`;
  const standardInput = [file, ...companions.map((flag) => values[flag])].filter((name) => name === '-');
  return standardInput.length > 1 ? 'only one file can come from standard input' : undefined;
}

function parse(args: readonly string[]): Command | { readonly problem: string } | 'help' {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true });
    if (values.help === true) return 'help';
    const [file, ...more] = positionals;
    const live = values['from-tenant'] !== undefined;
    if (file === undefined && !live)
      return { problem: 'give the exported schema: tenantsync import FILE, or - for standard input; or --from-tenant to read it there' };
    if (live && file !== undefined) return { problem: `${visible(file)} is too much: with --from-tenant the job is read from the tenant` };
    if (more.length > 0)
      return { problem: `one schema at a time; ${visible(more.join(', '))} is too much (job, secrets and assignments are flags)` };
    const command = { file, values };
    const problem = misuse(command);
    return problem === undefined ? command : { problem };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** The bytes of a file, or the first of them when there are more than are taken. */
function readFile(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let length = 0; length <= largestFile;) {
      const chunk = Buffer.alloc(65_536);
      const count = readSync(file, chunk);
      if (count === 0) break;
      chunks.push(chunk.subarray(0, count));
      length += count;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(file);
  }
}

async function readFiles({ file, values }: Command, { input }: Streams): Promise<ImportFiles | { readonly problem: string }> {
  const read = async (path: string): Promise<ImportFile> =>
    path === '-' ? { name: 'standard input', bytes: await readInput(input, largestFile) } : { name: path, bytes: readFile(path) };
  const files: { schema?: ImportFile; job?: ImportFile; secrets?: ImportFile; assignments?: ImportFile } = {};
  for (const [kind, path] of [['schema', file], ...companions.map((flag) => [flag, values[flag]] as const)] as const) {
    if (path === undefined) continue;
    try {
      files[kind] = await read(path);
    } catch (error) {
      return { problem: `${visible(path)}: ${visible((error as Error).message)}` };
    }
  }
  return files as ImportFiles;
}

function optionsOf(values: Values): ImportOptions {
  const given = {
    name: values.name,
    namespace: values.namespace,
    sourceTenant: values['source-tenant']?.toLowerCase(),
    targetTenant: values['target-tenant']?.toLowerCase(),
    sourceClientId: values['source-client-id']?.toLowerCase(),
    targetClientId: values['target-client-id']?.toLowerCase(),
    servicePrincipal: values['service-principal']?.toLowerCase(),
  };
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { strictness: values.lenient === true ? 'Lenient' : 'Strict', ...said };
}

/** What somebody has to write before the manifests can be applied. */
function toFillIn(part: Part): readonly Remark[] {
  const entries = part.kind === 'Map' ? part.members : part.kind === 'List' ? part.items : [];
  return entries.flatMap(({ remarks, part: inner }) => [
    ...remarks.filter(({ kind }) => kind === 'fill in'),
    ...(inner === undefined ? [] : toFillIn(inner)),
  ]);
}

/** What is to be imported, with what the command knows of it beside the flags; or the exit status, where that has been told. */
async function inputOf(
  command: Command,
  { streams, site, say }: { readonly streams: Streams; readonly site: LiveSite; readonly say: (line: string) => void },
): Promise<{ readonly files: ImportFiles; readonly options: ImportOptions } | number> {
  const { values } = command;
  const tenantId = values['from-tenant']?.toLowerCase();
  if (tenantId === undefined) {
    const files = await readFiles(command, streams);
    if (!('problem' in files)) return { files, options: optionsOf(values) };
    say(files.problem);
    return 2;
  }
  const read = await readLive(
    {
      tenantId,
      jobId: values.job,
      clientId: values['client-id'],
      clientSecretFile: values['client-secret-file'],
      clientCertificateFile: values['client-certificate-file'],
      cloud: values.cloud ?? 'Global',
      cloudsFile: values['clouds-file'],
    },
    site,
  );
  if (read.type !== 'Read') {
    for (const line of read.lines) say(line);
    return read.type === 'Misused' ? 2 : 1;
  }
  for (const note of read.notes) say(note);
  return { files: read.files, options: { servicePrincipal: read.servicePrincipalId, ...optionsOf(values) } };
}

/** Runs the command. Resolves with the exit status. */
export async function runImport(args: readonly string[], streams: Streams, site: LiveSite): Promise<number> {
  const { output, errors } = streams;
  const say = (line: string): void => void errors.write(`tenantsync import: ${line}\n`);
  const command = parse(args);
  if (command === 'help') {
    output.write(importHelp);
    return 0;
  }
  if ('problem' in command) {
    say(command.problem);
    return 2;
  }
  const input = await inputOf(command, { streams, site, say });
  if (typeof input === 'number') return input;
  const result = importJob(input.files, input.options);
  if (result.kind === 'Refused') {
    for (const problem of result.problems) say(describeProblem(problem));
    const count = result.problems.length;
    const some = result.problems.some(({ canBeLeftOut }) => canBeLeftOut === true);
    say(
      `${count} ${count === 1 ? 'problem' : 'problems'}; nothing is printed${some ? ' (--lenient leaves mappings out, and nothing else)' : ''}`,
    );
    return 1;
  }
  output.write(commentedYaml(result.remarks, result.parts));
  for (const { text: what } of result.parts.flatMap(toFillIn)) say(`to fill in: ${what}`);
  if (result.leftOut > 0) say(`${result.leftOut} left out of the mappings; each is a comment that begins with "cannot be"`);
  return 0;
}
