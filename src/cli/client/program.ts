import { Command, CommanderError, Option } from 'commander';
import type { SyncConfiguration, TenantPair, UserProjection } from '../../api/kinds.ts';
import { answerLines, askAbout, named, pause, request, waitForReady, type Around, type Waiting } from './act.ts';
import { decide } from './decide.ts';
import { checkFromHere, checkLines } from './check.ts';
import { ClientError, type Operator } from './cluster.ts';
import { addHandover } from './handover.ts';
import { addExplain, explainAll, sayExplanations } from './explain-verb.ts';
import { decisionLines, decisionsOf, treeLines, treeOf } from './overview.ts';
import { decidersOf, happenings, historyLines, recordsOf, whereabouts, whoLines } from './people.ts';
import { addPlan } from './plan-verb.ts';
import { addReport } from './report-verb.ts';
import { glances, statusLines } from './status.ts';
import { duration, outputForm, print, timeout, type AddVerb, type Connection, type ReadFlags, type Surroundings } from './surroundings.ts';
import { plain } from './table.ts';
import { clientVerbs } from './verbs.ts';

interface WriteFlags extends Connection {
  readonly wait: boolean;
  readonly timeout: number;
}

const actions = ['create', 'update', 'delete', 'disable', 'restore', 'stagedDelete', 'other'];

function verbsOf(program: Command): AddVerb {
  return (usage, description, example) =>
    program
      .command(usage)
      .description(description)
      .addHelpText('after', `\nExample:\n  kubectl tenantsync ${example}`)
      .option('-n, --namespace <name>', 'namespace; that of the context unless said otherwise')
      .option('--context <name>', 'context of the kubeconfig')
      .option('--kubeconfig <file>', 'kubeconfig to use')
      .option('--as <user>', 'act as this user, if you may impersonate');
}

/** The client's commands. */
export function clientProgram(around: Surroundings): Command {
  const { terminal } = around;
  const program = new Command('tenantsync').exitOverride().helpCommand(false).showHelpAfterError('(--help shows what there is)');
  program.configureOutput({ writeOut: (text) => terminal.say(text.trimEnd()), writeErr: (text) => terminal.note(text.trimEnd()) });
  const verb = verbsOf(program);
  addGlances(verb, around);
  addPeople(verb, around);
  addPlan(verb, around);
  addExplain(verb, around);
  addRequests(verb, around);
  addDecisions(verb, around);
  addReport(verb, around);
  addCheck(verb, around);
  addHandover(verb, around);
  addVersion(verb, around);
  program
    .command('completion <shell>')
    .description('a completion script for bash, zsh or fish')
    .addHelpText('after', '\nExample:\n  tenantsync completion bash > /etc/bash_completion.d/tenantsync')
    .action((shell: string) => terminal.say(completion(shell)));
  return program;
}

const reading = (command: Command): Command => command.option('-A, --all-namespaces', 'all namespaces').addOption(outputForm());

const waiting = (command: Command): Command =>
  command.option('--no-wait', 'do not wait for the end').addOption(timeout('how long to wait', '10m'));

const patience = ({ wait, timeout }: WriteFlags): Waiting => (wait ? { type: 'Until', timeoutMs: timeout } : { type: 'Nothing' });

const acting = (around: Surroundings, flags: Connection): Around => ({ ...around, cluster: around.connect(flags) });

function addGlances(verb: AddVerb, around: Surroundings): void {
  const { clock } = around;
  reading(verb('status', 'each pair and configuration at a glance, problems first, with the next step', 'status -A')).action(
    async (flags: ReadFlags) => {
      const cluster = around.connect(flags);
      const pairs = await cluster.list<TenantPair>('tenantPair');
      const all = glances(pairs, await cluster.list<SyncConfiguration>('syncConfiguration'));
      const lines = (form: 'Usual' | 'Wide'): readonly string[] => statusLines(all, { now: clock.now(), paint: around.paint, form });
      print(around, flags, { value: all, lines: lines('Usual'), wide: lines('Wide') });
    },
  );
  reading(verb('tree', 'pairs, their configurations, and how many users are in which state', 'tree -A')).action(
    async (flags: ReadFlags) => {
      const cluster = around.connect(flags);
      const pairs = await cluster.list<TenantPair>('tenantPair');
      const configurations = await cluster.list<SyncConfiguration>('syncConfiguration');
      const tree = treeOf(pairs, configurations, await cluster.list<UserProjection>('userProjection'));
      print(around, flags, { value: tree, lines: treeLines(tree, around.paint) });
    },
  );
}

function addPeople(verb: AddVerb, around: Surroundings): void {
  const { clock } = around;
  reading(verb('who <user>', 'where a person stands, by name, mail or object id of either side', 'who maria@contoso.com -A'))
    .option('--target', 'the name is that of an account in the target')
    .addOption(timeout('how long to wait for each configuration that is asked about somebody without a record', '30s'))
    .action((user: string, flags: WhoFlags) => who(around, user, flags));
  reading(verb('history [user]', 'what happened to a person, or to everybody, newest first', 'history --since 24h --action delete'))
    .option('--since <duration>', 'no longer ago than this', duration)
    .addOption(new Option('--action <action>', 'this action alone').choices(actions))
    .action(async (user: string | undefined, flags: ReadFlags & { readonly since?: number; readonly action?: string }) => {
      const cluster = around.connect(flags);
      const records = await cluster.list<UserProjection>('userProjection');
      const deciders = decidersOf(await cluster.list<SyncConfiguration>('syncConfiguration'));
      const since = flags.since === undefined ? undefined : clock.now() - flags.since;
      const about = user === undefined ? records : recordsOf(records, user, 'Either');
      const all = happenings(about, { since, action: flags.action, deciders });
      const lines = (form: 'Usual' | 'Wide'): readonly string[] => historyLines(all, { paint: around.paint, form });
      print(around, flags, { value: all, lines: lines('Usual'), wide: lines('Wide') });
    });
}

interface WhoFlags extends ReadFlags {
  readonly target?: true;
  readonly timeout: number;
}

/** Where a person stands by their records; of somebody without one, what each configuration says. */
async function who(around: Surroundings, user: string, flags: WhoFlags): Promise<void> {
  const cluster = around.connect(flags);
  const records = await cluster.list<UserProjection>('userProjection');
  const found = recordsOf(records, user, flags.target === true ? 'Target' : 'Either').map(whereabouts);
  if (found.length > 0) {
    const lines = whoLines(found, around.clock.now());
    const place = flags.allNamespaces === true ? '-A' : `-n ${found[0]?.namespace ?? ''}`;
    const next = [...lines, '', `By which group or filter, and what would be done now: kubectl tenantsync explain ${plain(user)} ${place}`];
    print(around, flags, { value: found, lines: next });
    return;
  }
  const hint = '-A looks in all namespaces.';
  if (flags.target === true) throw new ClientError(`No record here has an account of that name. ${hint}`);
  const configurations = await cluster.list<SyncConfiguration>('syncConfiguration');
  if (configurations.length === 0) throw new ClientError(`Nobody of that name has a record here, and there is no configuration. ${hint}`);
  around.terminal.note('Nobody of that name has a record here; the configurations are asked.');
  const { answers, failure } = await explainAll(around, flags, configurations, { user, records: [], timeoutMs: flags.timeout });
  if (answers.length > 0) sayExplanations(around, flags, answers);
  if (failure !== undefined) throw failure;
  const isKnown = answers.some(({ results }) => results.some(({ reason }) => reason !== 'UserNotFound'));
  if (!isKnown) throw new ClientError(`No source knows anybody of that name. ${hint}`);
}

function addRequests(verb: AddVerb, around: Surroundings): void {
  waiting(verb('sync <configuration>', 'run a cycle now', 'sync staff')).action((name: string, flags: WriteFlags) =>
    request(acting(around, flags), 'sync', name, patience(flags)),
  );
  waiting(verb('restart <configuration>', 'read everything anew, in a full cycle', 'restart staff')).action(
    (name: string, flags: WriteFlags) => request(acting(around, flags), 'restart', name, patience(flags)),
  );
  verb('provision <configuration> <users...>', 'provision up to 20 users now, ahead of everything', 'provision staff maria@contoso.com')
    .addOption(timeout('how long to wait', '10m'))
    .action(async (configuration: string, users: readonly string[], flags: WriteFlags) => {
      const answer = await askAbout(acting(around, flags), 'provision', { configuration, users }, flags.timeout);
      for (const line of answerLines(configuration, answer)) around.terminal.say(line);
      const failed = (answer.results ?? []).filter(({ result }) => result === 'Failed').length;
      if (failed > 0) throw new ClientError(`${failed} of ${users.length} failed.`);
    });
  for (const [usage, description, example, suspend] of [
    ['suspend <resource>', 'pause a configuration or pair', 'suspend tenantpair/hub-to-spoke', true],
    ['resume <resource>', 'let a configuration or pair go on', 'resume staff', false],
  ] as const)
    verb(usage, description, example)
      .option('--no-wait', 'do not wait until the operator has seen it')
      .addOption(timeout('how long to wait', '1m'))
      .action((name: string, flags: WriteFlags) => pause(acting(around, flags), named(name), { suspend, waiting: patience(flags) }));
  verb('wait <resource>', 'wait until a configuration or pair is ready', 'wait tenantpair/hub-to-spoke --timeout 5m')
    .addOption(timeout('how long to wait', '10m'))
    .action((name: string, flags: WriteFlags) => waitForReady(acting(around, flags), named(name), flags.timeout));
}

function addDecisions(verb: AddVerb, around: Surroundings): void {
  reading(verb('decisions', 'what waits for a decision, and what was decided last', 'decisions -A')).action(async (flags: ReadFlags) => {
    const all = decisionsOf(await around.connect(flags).list<SyncConfiguration>('syncConfiguration'));
    print(around, flags, { value: all, lines: decisionLines(all, around.clock.now()) });
  });
  for (const what of ['approve', 'reject'] as const) {
    waiting(verb(`${what} <configuration>`, `${what} what is staged, after showing it`, `${what} staff`))
      .option('-y, --yes', 'do not ask')
      .action((name: string, flags: WriteFlags & { readonly yes?: true }) =>
        decide(acting(around, flags), what, name, { yes: flags.yes === true, waiting: patience(flags) }),
      );
  }
}

function addCheck(verb: AddVerb, around: Surroundings): void {
  verb('check <pair>', "preflight of a pair from this machine, with the pair's credentials; writes nothing", 'check hub-to-spoke')
    .addOption(outputForm())
    .option('--clouds-file <file>', 'the clouds file of the operator, where the pair names a cloud of it')
    .action(async (name: string, flags: ReadFlags & { readonly cloudsFile?: string }) => {
      const cluster = around.connect(flags);
      const pair = (await cluster.list<TenantPair>('tenantPair')).find(({ metadata }) => metadata.name === name);
      if (pair === undefined)
        throw new ClientError(`There is no TenantPair ${name} in this namespace. kubectl tenantsync status -A shows what there is.`);
      const all = await cluster.list<SyncConfiguration>('syncConfiguration');
      const ofPair = all.filter(({ spec }) => spec.tenantPairRef.name === name);
      const found = await checkFromHere(around.site(flags), pair, ofPair);
      print(around, flags, { value: found, lines: checkLines(found) });
      if (!found.ready) throw new ClientError(`TenantPair ${name} cannot work as it is.`);
    });
}

function addVersion(verb: AddVerb, around: Surroundings): void {
  verb('version', 'the version of this command, and of the operators in the cluster', 'version')
    .option('--client', 'of this command alone')
    .addOption(outputForm())
    .action(async (flags: ReadFlags & { readonly client?: true }) => {
      const operators = flags.client === true ? [] : await operatorsOf(around, flags);
      print(around, flags, {
        value: { client: around.version, operators },
        lines: [around.version, ...operators.map(({ name, version }) => `operator ${name}: ${version}`)],
      });
    });
}

/** The operators of all namespaces. That there is no cluster, or that nothing may be seen of it, is no failure of the command. */
async function operatorsOf(around: Surroundings, flags: Connection): Promise<readonly Operator[]> {
  try {
    return await around.connect({ ...flags, ...(flags.namespace === undefined ? { allNamespaces: true } : {}) }).operators();
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    around.terminal.note(`tenantsync: the operator cannot be asked for. ${error.message}`);
    return [];
  }
}

/** A script that completes the verbs; names of resources are left to kubectl. */
function completion(shell: string): string {
  const verbs = clientVerbs.join(' ');
  switch (shell) {
    case 'bash':
      return `complete -W "${verbs}" tenantsync`;
    case 'zsh':
      return `#compdef tenantsync\n_arguments "1: :(${verbs})"`;
    case 'fish':
      return `complete -c tenantsync -f -n __fish_use_subcommand -a "${verbs}"`;
    default:
      throw new ClientError(`There is no completion for ${shell}: use bash, zsh or fish.`, 2);
  }
}

/** Runs one command. Resolves with the exit status: 0 done, 1 failed, 2 wrong use, 3 timed out. */
export async function runClient(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    await clientProgram(around).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof ClientError)) throw error;
    // As with diff: that there is something is told by the status alone.
    if (error.message !== '') around.terminal.note(`tenantsync: ${error.message}`);
    return error.status;
  }
}
