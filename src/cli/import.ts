import { closeSync, openSync, readSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Part, Remark } from '../core/import/commented.ts';
import { largestFile, type ImportFile } from '../core/import/decode.ts';
import { isGuid } from '../core/import/ids.ts';
import { importJob, type ImportFiles, type ImportOptions } from '../core/import/import.ts';
import { describeProblem, visible } from '../core/import/problem.ts';
import { commentedYaml } from './commented-yaml.ts';
import type { Streams } from './evaluate.ts';
import { readInput } from './read-input.ts';

export const importHelp = `Usage: tenantsync import FILE [flags]

Makes manifests of an Entra synchronization job: a TenantPair and a SyncConfiguration in Plan mode on standard output, with a comment
on each line that says what was taken over, what differs and why, and what cannot be. Reads files alone; nothing is changed anywhere.

FILE is the job's schema: the download of the portal's schema editor, or the answer of
GET https://graph.microsoft.com/v1.0/servicePrincipals/{id}/synchronization/jobs/{job}/schema (- for standard input).

  --job FILE                 the job: interval and state (GET .../synchronization/jobs/{job})
  --secrets FILE             target tenant, scope type and deletion threshold (GET .../synchronization/secrets); nothing else of it is shown
  --assignments FILE         who is assigned (GET .../servicePrincipals/{id}/appRoleAssignedTo); else the application is mirrored
  --lenient                  leave mappings that cannot be taken over out, with a comment; scope and matching stay strict
  --name NAME                name of both resources (default: from the job's id)
  --namespace NAMESPACE      namespace to write into both
  --source-tenant ID         id of the source tenant, if the job's id does not tell it
  --target-tenant ID         id of the target tenant, if there are no secrets
  --source-client-id ID      app registration of the operator in the source tenant
  --target-client-id ID      app registration of the operator in the target tenant
  --service-principal ID     service principal of the Entra configuration, if no file names it

  tenantsync import schema.json --job job.json --secrets secrets.json --assignments assignments.json > contoso.yaml

Exit status: 0 done, 1 something cannot be taken over (everything is told, and nothing is printed), 2 wrong use.
`;

const ids = ['source-tenant', 'target-tenant', 'source-client-id', 'target-client-id', 'service-principal'] as const;
const companions = ['job', 'secrets', 'assignments'] as const;
const text = { type: 'string' } as const;
const flags = {
  ...{ job: text, secrets: text, assignments: text, name: text, namespace: text },
  ...{ 'source-tenant': text, 'target-tenant': text, 'source-client-id': text, 'target-client-id': text, 'service-principal': text },
  lenient: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof flags }>>['values'];

/** The command as it was written. */
interface Command {
  readonly file: string;
  readonly values: Values;
}

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
  const standardInput = [file, ...companions.map((flag) => values[flag])].filter((name) => name === '-');
  return standardInput.length > 1 ? 'only one file can come from standard input' : undefined;
}

function parse(args: readonly string[]): Command | { readonly problem: string } | 'help' {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true });
    if (values.help === true) return 'help';
    const [file, ...more] = positionals;
    if (file === undefined) return { problem: 'give the exported schema: tenantsync import FILE, or - for standard input' };
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

/** Runs the command. Resolves with the exit status. */
export async function runImport(args: readonly string[], streams: Streams): Promise<number> {
  const { output, errors } = streams;
  const say = (line: string): void => void errors.write(`tenantsync import: ${line}\n`);
  const command = parse(args);
  if (command === 'help') {
    output.write(importHelp);
    return 0;
  }
  const files = 'problem' in command ? command : await readFiles(command, streams);
  if ('problem' in command || 'problem' in files) {
    say('problem' in files ? files.problem : '');
    return 2;
  }
  const result = importJob(files, optionsOf(command.values));
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
