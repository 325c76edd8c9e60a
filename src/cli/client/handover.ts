import type { SyncConfiguration, TenantPair } from '../../api/kinds.ts';
import { handoverSteps, type HandoverJob, type HandoverStep } from '../../core/parity/handover.ts';
import { mayReadEntraJobs } from '../../core/preflight/permissions.ts';
import { priorities } from '../../ports/reconcile.ts';
import { ClientError } from './cluster.ts';
import { jobFor, parityFromHere, recordsAround } from './parity.ts';
import { hasPlan } from './people.ts';
import { withSession, type CheckSite } from './session.ts';
import { print, type AddVerb, type ReadFlags, type Surroundings } from './surroundings.ts';

interface HandoverFlags extends ReadFlags {
  readonly cloudsFile?: string;
  readonly acceptDifferences?: true;
  readonly jobIsPaused?: true;
}

/** Entra's job for a pair, read from this machine. */
function jobFromHere(site: CheckSite, pair: TenantPair, saidToBePaused: boolean): Promise<HandoverJob> {
  const options = { signal: site.signal, priority: priorities.onDemand };
  return withSession(site, pair, async ({ source }): Promise<HandoverJob> => {
    // A permission that was granted a moment ago shows in no older token.
    const granted = await source.grantedPermissions({ ...options, fresh: true });
    if (!mayReadEntraJobs(granted)) return { type: 'Unreadable', saidToBePaused };
    const { jobs, unread } = await source.entraJobs(options);
    const job = jobFor(jobs, pair.spec.target.tenantId);
    if (job !== undefined && (job.runs || unread.length === 0)) return { type: 'Found', job };
    // One whose target is not known may be for this pair, and so may one of an application that has not answered.
    return unread.length > 0 || jobs.some(({ runs, targetTenantId }) => runs && targetTenantId === undefined)
      ? { type: 'Unreadable', saidToBePaused }
      : { type: 'None' };
  });
}

const marks = { Done: 'done', Next: 'next', Later: '    ' } as const;

function stepLines(steps: readonly HandoverStep[]): readonly string[] {
  return steps.flatMap(({ title, state, found, todo, wayBack }, index) => [
    `${index + 1}. ${marks[state]}  ${title}`,
    ...(state === 'Later' ? [] : [`         ${found}`]),
    ...todo.map((line) => `         ${line}`),
    ...(state === 'Next' ? [`         Way back: ${wayBack}`] : []),
  ]);
}

const ending = [
  "The move is done. Leave Entra's configuration paused and its assignments as they are for as long as you may want to go back; then delete the",
  'configuration as a whole, without unassigning anybody before.',
];

/** Adds the command that shows what comes next in the change from Entra's job to a configuration. Writes nothing. */
export function addHandover(verb: AddVerb, around: Surroundings): void {
  verb(
    'handover <configuration>',
    "what comes next in the change from Entra's own job to a configuration: each step is checked before the next is shown, and nothing is written; ends with 2 while a step is to be made",
    'handover staff',
  )
    .option('-o, --output <form>', 'form of the output: json or yaml')
    .option('--clouds-file <file>', 'the clouds file of the operator, where the pair names a cloud of it')
    .option('--accept-differences', 'the differences of report --parity were looked at, and are wanted')
    .option('--job-is-paused', "Entra's job is paused, where it may not be read")
    .action(async (name: string, flags: HandoverFlags) => {
      const cluster = around.connect(flags);
      const configuration = await cluster.get<SyncConfiguration>('syncConfiguration', name);
      const pair = await cluster.get<TenantPair>('tenantPair', configuration.spec.tenantPairRef.name);
      const { records, groups } = await recordsAround(cluster, configuration);
      const site = around.site(flags);
      const isPlanned = configuration.spec.mode === 'Plan' && hasPlan(configuration);
      const steps = handoverSteps({
        configuration,
        records: records.filter(({ spec }) => spec.syncConfigurationRef.name === name),
        job: await jobFromHere(site, pair, flags.jobIsPaused === true),
        parity: isPlanned ? await parityFromHere(site, { configuration, pair, records, groups }) : undefined,
        acceptsDifferences: flags.acceptDifferences === true,
      });
      const isDone = steps.every(({ state }) => state === 'Done');
      print(around, flags, { value: steps, lines: [...stepLines(steps), ...(isDone ? ending : [])] });
      if (!isDone) throw new ClientError('', 2);
    });
}
