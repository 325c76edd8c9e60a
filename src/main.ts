#!/usr/bin/env node
import { clientVerbs, verbFirst } from './cli/client/verbs.ts';
import type { Streams } from './cli/evaluate.ts';
import { nodeProblem, packageVersion, systemClock, systemRandom } from './system.ts';

const help = `TenantSync keeps the people of one Microsoft Entra tenant present as B2B users in other tenants.

Usage: tenantsync <command> [flags]

  operator     run the operator (--help shows its flags)
  release      remove the finalizers of TenantSync before it is uninstalled (--help says how)
  import       make manifests of an Entra synchronization job (--help says how)
  evaluate     evaluate expressions and scoping filters (--help says how)
  demo         the whole product on this machine: simulated tenants, an embedded Kubernetes API (--help shows its flags)

Commands for the people of a cluster, also as kubectl tenantsync (<command> --help says how):
  status       each pair and configuration at a glance, problems first
  who          where a person stands
  explain      why a person is there or not, step by step
  plan         what a configuration, or a change of it, would do
  history      what happened to a person, or to everybody
  decisions    what waits for a decision, and what was decided
  report       how everything stands, as one file
  check        the preflight of a pair from this machine
  handover     what comes next in the change from Entra's own job to a configuration
  tree         pairs, configurations, and users by state
  provision, sync, restart, suspend, resume, approve, reject, wait
  completion   a completion script for a shell
  version      the version of this command, and of the operators in the cluster
  help         print this
`;

/** The demo and everything simulated stay out of the build, so it is looked for only when asked for. */
async function runDemo(args: readonly string[]): Promise<number> {
  const path = './cli/demo/demo.ts';
  try {
    const demo = (await import(path)) as { readonly runDemo: (args: readonly string[]) => Promise<number> };
    return await demo.runDemo(args);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write('tenantsync demo: the demo is not part of this build; clone the project and run npm run demo\n');
    return 2;
  }
}

/** The streams of the process. Whoever reads the results may stop early. */
function standardStreams(): Streams {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return { input: process.stdin, output: process.stdout, errors: process.stderr };
}

/** The change from Entra's job to a configuration is looked at in the cluster; everything else makes manifests. */
async function runImport(args: readonly string[]): Promise<number> {
  if (args.includes('--handover')) {
    const rest = args.filter((arg) => arg !== '--handover');
    return (await import('./cli/client/main.ts')).runClientHere(['handover', ...rest], process.env);
  }
  return (await import('./cli/import.ts')).runImport(args, standardStreams(), { environment: process.env });
}

async function runEvaluate(args: readonly string[]): Promise<number> {
  const evaluate = await import('./cli/evaluate.ts');
  return evaluate.runEvaluate(args, standardStreams(), { now: () => systemClock.now(), random: () => systemRandom.next() });
}

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'operator':
      return (await import('./cli/operator.ts')).runOperator(rest, process.env);
    case 'release':
      return (await import('./cli/release.ts')).runRelease(rest, process.env);
    case 'import':
      return runImport(rest);
    case 'evaluate':
      return runEvaluate(rest);
    case 'demo':
      return runDemo(rest);
    case '--version':
      process.stdout.write(`${packageVersion()}\n`);
      return 0;
    case undefined:
    case '--help':
    case '-h':
    case 'help':
      process.stdout.write(help);
      return command === undefined ? 2 : 0;
    default:
      if (clientVerbs.includes(command)) return (await import('./cli/client/main.ts')).runClientHere(args, process.env);
      process.stderr.write(`tenantsync: unknown command ${JSON.stringify(command)}; see tenantsync --help\n`);
      return 2;
  }
}

const problem = nodeProblem(process.version);
if (problem !== undefined) process.stderr.write(`tenantsync: ${problem}\n`);
process.exitCode = problem === undefined ? await main(verbFirst(process.argv.slice(2))) : 2;
