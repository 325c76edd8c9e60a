import { Option, type Command } from 'commander';
import { dump } from 'js-yaml';
import { parseDuration } from '../../core/duration.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Terminal } from './act.ts';
import { ClientError, type Cluster } from './cluster.ts';
import type { CheckSite } from './session.ts';
import type { Paint } from './table.ts';

/** How a command reaches the cluster, as the flags say. */
export interface Connection {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly as?: string;
  readonly namespace?: string;
  readonly allNamespaces?: true;
}

export interface Surroundings {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
  readonly paint: Paint;
  /** A file as text; `-`: what comes in at standard input. Rejects with ClientError. */
  readonly read: (file: string) => Promise<string>;
  readonly connect: (connection: Connection) => Cluster;
  /** The way to the tenants of a pair; `cloudsFile`: the operator's, where a pair names a cloud of it. */
  readonly site: (connection: Connection & { readonly cloudsFile?: string }) => CheckSite;
}

/** Flags of commands that read. */
export interface ReadFlags extends Connection {
  readonly output?: 'wide' | 'json' | 'yaml';
}

/** The form in which a command that reads says its result. */
export const outputForm = (): Option => new Option('-o, --output <form>', 'form of the output').choices(['wide', 'json', 'yaml']);

/** Adds one command, with the flags by which every one of them finds its cluster. */
export type AddVerb = (usage: string, description: string, example: string) => Command;

/** A duration on the command line, in milliseconds. */
export const duration = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === undefined) throw new ClientError(`${JSON.stringify(text)} is no duration: write it like 90s, 10m or 24h.`, 2);
  return ms;
};

/** How long a command waits; `usual` as one would write it. */
export const timeout = (description: string, usual: string): Option =>
  new Option('--timeout <duration>', description).argParser(duration).default(duration(usual), usual);

/** Says a result in the form that the flags ask for. */
export function print(
  { terminal }: Surroundings,
  flags: ReadFlags,
  shown: { readonly value: unknown; readonly lines: readonly string[]; readonly wide?: readonly string[] },
): void {
  if (flags.output === 'json') terminal.say(JSON.stringify(shown.value, undefined, 2));
  else if (flags.output === 'yaml') terminal.say(dump(shown.value).trimEnd());
  else for (const line of (flags.output === 'wide' ? shown.wide : undefined) ?? shown.lines) terminal.say(line);
}
