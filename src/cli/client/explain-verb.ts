import { keyString } from '../../ports/resources.ts';
import type { SyncConfiguration, UserProjection } from '../../api/kinds.ts';
import { askAbout, type Around } from './act.ts';
import { ClientError, type Cluster } from './cluster.ts';
import { recordsOf, whereabouts, type Whereabouts } from './people.ts';
import { outputForm, print, timeout, type AddVerb, type ReadFlags, type Surroundings } from './surroundings.ts';
import { ago, plain } from './table.ts';

type Result = NonNullable<Awaited<ReturnType<typeof askAbout>>['results']>[number];

/** What a configuration says of a person, and where they stand by its record. */
export interface Explanation {
  readonly namespace: string;
  readonly configuration: string;
  readonly pair: string;
  readonly record?: Whereabouts;
  readonly results: readonly Result[];
}

interface ExplainFlags extends ReadFlags {
  readonly configuration?: string;
  readonly timeout: number;
}

/** Of whom is asked, and what is known of them already. */
export interface Asked {
  readonly user: string;
  readonly records: readonly UserProjection[];
  readonly timeoutMs: number;
}

/** What came of asking: what was answered, and why not everything was. */
export interface Explained {
  readonly answers: readonly Explanation[];
  readonly failure: ClientError | undefined;
}

/** Adds the command that says why a person is there or not. */
export function addExplain(verb: AddVerb, around: Surroundings): void {
  verb('explain <user>', 'why a person is there or not, step by step, with a record or without', 'explain maria@contoso.com')
    .option('-A, --all-namespaces', 'the configurations of all namespaces')
    .option('-c, --configuration <name>', 'this configuration; all of the namespace unless said')
    .addOption(outputForm())
    .addOption(timeout('how long to wait for each', '2m'))
    .action(async (user: string, flags: ExplainFlags) => {
      const cluster = around.connect(flags);
      const { configuration } = flags;
      const all = configuration === undefined ? await cluster.list<SyncConfiguration>('syncConfiguration') : [];
      const one = configuration === undefined ? [] : [await cluster.get<SyncConfiguration>('syncConfiguration', configuration)];
      const meant = [...all, ...one];
      if (meant.length === 0) throw new ClientError('There is no SyncConfiguration here that could be asked. -A looks in all namespaces.');
      const asked = { user, records: await recordsIfReadable(cluster), timeoutMs: flags.timeout };
      const { answers, failure } = await explainAll(around, flags, meant, asked);
      sayExplanations(around, flags, answers);
      if (failure !== undefined) throw failure;
    });
}

/** The records, or none for whoever may not read them: what a configuration says is no secret to somebody who may ask it. */
async function recordsIfReadable(cluster: Cluster): Promise<readonly UserProjection[]> {
  try {
    return await cluster.list<UserProjection>('userProjection');
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return [];
  }
}

/** Asks each configuration about one person. One that cannot answer takes nothing from what the others say. */
export async function explainAll(
  around: Surroundings,
  flags: ReadFlags,
  configurations: readonly SyncConfiguration[],
  { user, records, timeoutMs }: Asked,
): Promise<Explained> {
  const answers: Explanation[] = [];
  let failure: ClientError | undefined;
  const known = recordsOf(records, user, 'Either');
  for (const { metadata, spec } of configurations) {
    const { namespace, name } = metadata;
    const own = known.find((record) => record.metadata.namespace === namespace && record.spec.syncConfigurationRef.name === name);
    // A name of the account says nothing to a configuration, and the record knows whose account it is.
    const asked = own?.spec.source.objectId ?? user;
    try {
      const { results = [] } = await askAbout(
        inNamespace(around, flags, namespace),
        'explain',
        { configuration: name, users: [asked] },
        timeoutMs,
      );
      const record = own === undefined ? {} : { record: whereabouts(own) };
      answers.push({
        namespace,
        configuration: name,
        pair: spec.tenantPairRef.name,
        ...record,
        results: results.map((one) => ({ ...one, user })),
      });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (failure !== undefined) around.terminal.note(`tenantsync: ${failure.message}`);
      failure = new ClientError(`${keyString(metadata)}: ${error.message}`, error.status);
    }
  }
  return { answers, failure };
}

/** A command that looks in all namespaces acts in one after the other. */
function inNamespace(around: Surroundings, { allNamespaces, ...flags }: ReadFlags, namespace: string): Around {
  return { ...around, cluster: around.connect(allNamespaces === true ? { ...flags, namespace } : flags) };
}

/** Says explanations in the form that the flags ask for. */
export function sayExplanations(around: Surroundings, flags: ReadFlags, answers: readonly Explanation[]): void {
  const now = around.clock.now();
  const lines = (form: 'Usual' | 'Wide'): readonly string[] => answers.flatMap((one) => explanationLines(one, { now, form }));
  print(around, flags, { value: answers, lines: lines('Usual'), wide: lines('Wide') });
}

function explanationLines(
  { namespace, configuration, pair, record, results }: Explanation,
  { now, form }: { readonly now: number; readonly form: 'Usual' | 'Wide' },
): readonly string[] {
  return results.flatMap(({ user = '', result = '', reason = '', decisions = [] }) => [
    `${plain(user)}, by configuration ${namespace}/${configuration} of pair ${pair}: ${result}${reason === '' ? '' : ` (${reason})`}`,
    ...(record === undefined ? [] : [line('Record', record.state, standingOf(record, now))]),
    ...decisions.flatMap(({ step = '', outcome = '', detail = '' }) =>
      (outcome === 'Mapped' ? mappedDetails(detail, form) : [detail]).map((text) => line(step, outcome, text)),
    ),
  ]);
}

const line = (step: string, outcome: string, detail: string): string =>
  `  ${step.padEnd(9)} ${outcome.padEnd(18)} ${plain(detail)}`.trimEnd();

function standingOf({ since, reason, message, nextAttemptAt }: Whereabouts, now: number): string {
  const held = nextAttemptAt === undefined ? '' : ` The next attempt is at ${nextAttemptAt}.`;
  return `${since === undefined ? '' : `for ${ago(since, now)}; `}${reason}: ${message}${held}`;
}

/** How many mappings come to nothing is enough to know; which, and from where each comes, is told where somebody asks for it. */
function mappedDetails(detail: string, form: 'Usual' | 'Wide'): readonly string[] {
  const told = detail.split(/; (?=[\w.]+ from )/);
  if (form === 'Wide') return told;
  const ending = (text: string): readonly string[] =>
    told.filter((one) => one.endsWith(`: ${text}`)).map((one) => one.slice(0, one.indexOf(' from ')));
  const [written, stays, empty, open] = ['would be written', 'stays', 'no value', 'not compared'].map(ending);
  const parts = [
    ...(written?.length ? [`would be written: ${written.join(', ')}`] : []),
    ...(open?.length ? [`not compared: ${open.join(', ')}`] : []),
    ...(stays?.length ? [`${stays.length} stay`] : []),
    ...(empty?.length ? [`${empty.length} have no value`] : []),
  ];
  return [`${parts.join('; ')} (-o wide names each)`];
}
