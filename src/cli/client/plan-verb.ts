import { loadAll } from 'js-yaml';
import { apiVersion, type GroupProjection, type SyncConfiguration, type UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../../core/status/conditions.ts';
import { standingOf, until, type Around } from './act.ts';
import { ClientError, PassingError, type Cluster } from './cluster.ts';
import { groupPlanLines, plannedGroupsOf } from './groups.ts';
import { guardLine, hasPlan, plannedOf, planLines } from './people.ts';
import { plain } from './table.ts';
import { outputForm, print, timeout, type AddVerb, type ReadFlags, type Surroundings } from './surroundings.ts';

interface PlanFlags extends ReadFlags {
  readonly filename?: string;
  readonly timeout: number;
}

/** Adds the command that says what a configuration would do: one that is there, or one in a file, of which a preview is made, read and removed. */
export function addPlan(verb: AddVerb, around: Surroundings): void {
  verb('plan [configuration]', 'what a configuration would do; ends with 2 where something would change', 'plan -f staff.yaml')
    .option(
      '-f, --filename <file>',
      'the SyncConfiguration of this file (-: standard input), as if it were applied; nothing is written to a tenant',
    )
    .addOption(outputForm())
    .addOption(timeout('how long to wait for the plan of a file', '10m'))
    .action(async (configuration: string | undefined, flags: PlanFlags) => {
      if ((configuration === undefined) === (flags.filename === undefined))
        throw new ClientError('Name one configuration, or a file with -f.', 2);
      const something =
        flags.filename === undefined
          ? await planOf(around, flags, configuration ?? '')
          : await planOfFile(around, flags, manifestIn(await around.read(flags.filename), flags.filename));
      if (something) throw new ClientError('', 2);
    });
}

async function planOf(around: Surroundings, flags: PlanFlags, name: string): Promise<boolean> {
  const cluster = around.connect(flags);
  const seen = await cluster.get<SyncConfiguration>('syncConfiguration', name);
  const { mode, previewOf } = seen.spec;
  if (mode !== 'Plan' && previewOf === undefined)
    throw new ClientError(
      `SyncConfiguration ${name} is in mode ${mode}: it has no plan. kubectl tenantsync plan -f FILE shows what a change would do.`,
    );
  if (!hasPlan(seen)) throw new ClientError(`SyncConfiguration ${name} has no plan yet of what its spec says now. ${standingOf(seen)}`);
  return show(around, cluster, flags, seen);
}

/** Says what is planned; whether that is anything. */
async function show(
  around: Surroundings,
  cluster: Cluster,
  flags: PlanFlags,
  { metadata, spec, status }: SyncConfiguration,
): Promise<boolean> {
  const all = plannedOf(await cluster.list<UserProjection>('userProjection'), metadata.name);
  const planned = status.lastCycle?.planned;
  const groups = spec.groups === undefined ? [] : plannedGroupsOf(await cluster.list<GroupProjection>('groupProjection'), metadata.name);
  const lines = (form: 'Usual' | 'Wide'): readonly string[] => [
    ...planLines(all, form),
    ...guardLine(planned?.guard),
    ...groupPlanLines(groups),
  ];
  const value = { people: all, ...(spec.groups === undefined ? {} : { groups }), planned };
  print(around, flags, { value, lines: lines('Usual'), wide: lines('Wide') });
  return all.length + groups.length > 0;
}

type Manifest = Pick<SyncConfiguration, 'spec'> & { readonly metadata: { readonly name: string; readonly namespace?: string } };

/** The one SyncConfiguration of a file, which may hold other resources. */
function manifestIn(text: string, file: string): Manifest {
  const found = documents(text, file).filter(isConfiguration);
  const [manifest] = found;
  if (manifest === undefined || found.length > 1)
    throw new ClientError(`${plain(file)} has ${found.length} SyncConfigurations of ${apiVersion}: a plan is made of one.`, 2);
  return manifest;
}

function documents(text: string, file: string): readonly unknown[] {
  try {
    return loadAll(text);
  } catch (error) {
    throw new ClientError(`${plain(file)} is no YAML: ${plain((error as Error).message.split('\n')[0] ?? '')}`, 2);
  }
}

function isConfiguration(document: unknown): document is Manifest {
  const { apiVersion: version, kind, metadata, spec } = (document ?? {}) as Partial<Record<string, unknown>>;
  if (version !== apiVersion || kind !== 'SyncConfiguration') return false;
  if (typeof (metadata as { name?: unknown } | undefined)?.name !== 'string' || typeof spec !== 'object' || spec === null)
    throw new ClientError('A SyncConfiguration needs metadata.name and spec.', 2);
  return true;
}

/** Makes a preview of what the file says, waits for its plan, says it, and removes the preview, whatever became of it. */
async function planOfFile(around: Surroundings, flags: PlanFlags, { metadata, spec }: Manifest): Promise<boolean> {
  const { namespace = metadata.namespace } = flags;
  if (metadata.namespace !== undefined && namespace !== metadata.namespace)
    throw new ClientError(`The file is of namespace ${plain(metadata.namespace)}, and -n says ${namespace ?? ''}.`, 2);
  const cluster = around.connect({ ...flags, ...(namespace === undefined ? {} : { namespace }) });
  const name = `${metadata.name.slice(0, longestStem).replace(/[-.]+$/, '')}-plan-${around.random.uuid().slice(0, 8)}`;
  const of = await cluster
    .get<SyncConfiguration>('syncConfiguration', spec.previewOf?.name ?? metadata.name)
    .catch(unlessApplied(metadata.name));
  try {
    await cluster.create('syncConfiguration', {
      apiVersion,
      kind: 'SyncConfiguration',
      metadata: { name },
      spec: { ...spec, mode: 'Plan', suspend: false, previewOf: { name: of.metadata.name } },
    });
    const seen = await planned({ ...around, cluster }, name, flags.timeout);
    return await show(around, cluster, flags, seen);
  } finally {
    // It may be there although the answer to its making was lost.
    await cluster
      .remove('syncConfiguration', name)
      .catch((error: unknown) => around.terminal.note(`tenantsync: ${(error as Error).message}`));
  }
}

/** Without one to be compared with, a plan would claim people as any configuration in Plan mode does, and keep others from them. */
const unlessApplied =
  (name: string) =>
  (error: unknown): never => {
    if (!(error instanceof ClientError) || error instanceof PassingError) throw error;
    throw new ClientError(
      `${error.message} A configuration that is not there yet is applied with mode: Plan; then: kubectl tenantsync plan ${plain(name)}`,
    );
  };

/** The name of a preview is a label, and ends in a number of its own. */
const longestStem = 48;

async function planned(around: Around, name: string, timeoutMs: number): Promise<SyncConfiguration> {
  let last: SyncConfiguration | undefined;
  await until(around, {
    timeoutMs,
    look: () => around.cluster.get<SyncConfiguration>('syncConfiguration', name),
    done: (seen) => {
      last = seen;
      const isCurrent = seen.status.observedGeneration === seen.metadata.generation;
      if (isCurrent && findCondition(seen.status.conditions, 'Stalled')?.status === 'True')
        throw new ClientError(`There is no plan of what the file says. ${standingOf(seen)}`);
      return hasPlan(seen) ? 'planned' : undefined;
    },
  });
  if (last === undefined) throw new ClientError('There is no plan.');
  return last;
}
