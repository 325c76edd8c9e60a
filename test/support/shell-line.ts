import { PassThrough, Readable } from 'node:stream';
import { loadAll } from 'js-yaml';
import type { KubeObject } from '@tenantsync/sandbox/kubernetes';
import { runImport } from '../../src/cli/import.ts';
import { ended, runClientIn, wayIn, type Ran } from './client-run.ts';
import type { World } from './world.ts';

/** A machine on which the commands of a page are typed: its files, and who is signed in to the source. */
export interface Machine {
  readonly world: World;
  /** Files by name. */
  readonly files: Map<string, string>;
  /** Token of an administrator of the source, for `az rest`. */
  readonly token: () => Promise<string>;
}

/** The words of a line, quotes taken away. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');

const done = (out = ''): Ran => ({ status: 0, out, notes: '' });

async function importing({ world, files }: Machine, args: readonly string[]): Promise<Ran> {
  const streams = { input: Readable.from([]), output: new PassThrough(), errors: new PassThrough() };
  const collected = { out: '', notes: '' };
  streams.output.on('data', (chunk: Buffer) => (collected.out += chunk.toString()));
  streams.errors.on('data', (chunk: Buffer) => (collected.notes += chunk.toString()));
  const secretFile = args.indexOf('--client-secret-file');
  const environment = secretFile < 0 ? {} : { TENANTSYNC_IMPORT_CLIENT_SECRET: files.get(args[secretFile + 1] ?? '') ?? '' };
  const rest = secretFile < 0 ? args : args.toSpliced(secretFile, 2);
  const status = await ended(world, runImport(rest, streams, { environment, way: wayIn(world) }));
  await new Promise((resolve) => setImmediate(resolve));
  return { status, ...collected };
}

function kubectl({ world, files }: Machine, words: readonly string[]): Ran {
  const [, , namespace = '', verb, ...rest] = words;
  const [first = '', second = '', third = ''] = rest;
  if (verb === 'create') world.secret(third, { clientSecret: (rest[3] ?? '').replace('--from-literal=clientSecret=', '') });
  else if (verb === 'apply') for (const manifest of loadAll(files.get(second) ?? '') as KubeObject[]) world.kube.apply(manifest);
  else if (verb === 'patch' && first === 'synccfg')
    world.kube.patch({ kind: 'SyncConfiguration', name: second, namespace }, JSON.parse(rest[4] ?? '') as Record<string, never>);
  else throw new Error(`the machine has no kubectl ${words.join(' ')}`);
  return done();
}

/** Runs a line of a page as a shell would, as far as the pages need one. */
export async function shellLine(machine: Machine, line: string): Promise<Ran> {
  const [command = '', file] = line.split(' > ');
  const words = wordsOf(command);
  const ran = await runWords(machine, words);
  if (file !== undefined) machine.files.set(file.trim(), ran.out);
  return ran;
}

async function runWords(machine: Machine, words: readonly string[]): Promise<Ran> {
  const [tool, verb, ...rest] = words;
  if (tool === 'tenantsync' && verb === 'import')
    return rest.includes('--handover')
      ? runClientIn(machine.world, ['handover', ...rest.filter((word) => word !== '--handover')])
      : importing(machine, rest);
  if (tool === 'kubectl' && verb === 'tenantsync') return runClientIn(machine.world, rest);
  if (tool === 'kubectl') return kubectl(machine, words);
  if (tool !== 'az') throw new Error(`the machine has no ${tool ?? ''}`);
  const { entra } = machine.world;
  const headers = { authorization: `Bearer ${await ended(machine.world, machine.token())}` };
  const answer = await ended(machine.world, entra.fetch(rest[rest.indexOf('--url') + 1] ?? '', { method: 'POST', headers }));
  return { ...done(), status: answer.status === 204 ? 0 : 1 };
}
