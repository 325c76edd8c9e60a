/**
 * Runs the processes of a control plane on behalf of its parent and outlives it by a moment: when the parent closes the pipe, or is
 * gone in whatever way, everything is stopped and the temporary folder removed. In a session of its own, so that a Ctrl-C meant
 * for the parent does not reach the processes first.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

interface Start {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly log: string;
}

const folder = process.argv[2] ?? '';
/** A fifth of the time of kube-apiserver is garbage collection, and memory is not what is short here. */
const environment = { GOGC: '300', ...process.env };
const children = new Map<string, ChildProcess>();

function start({ name, command, args, log }: Start): void {
  const output = openSync(log, 'a');
  const child = spawn(command, args, { stdio: ['ignore', output, output], env: environment });
  children.set(name, child);
  const ended = (how: string): void => {
    if (children.get(name) === child) children.delete(name);
    process.stdout.write(`${JSON.stringify({ ended: name, how })}\n`);
  };
  child.once('error', (error) => ended(error.message));
  child.once('exit', (code, signal) => ended(signal ?? `code ${String(code)}`));
}

async function stop(): Promise<void> {
  const gone = Promise.all([...children.values()].map((child) => new Promise((resolve) => child.once('exit', resolve))));
  // Nothing of theirs is worth waiting for.
  for (const child of children.values()) child.kill('SIGKILL');
  await gone;
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

// The parent may be gone before it has read this.
process.stdout.on('error', () => undefined);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stop());
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const order = JSON.parse(line) as Start | { readonly kill: string };
  if ('kill' in order) children.get(order.kill)?.kill('SIGKILL');
  else start(order);
});
lines.once('close', () => void stop());
