import type { SyncConfiguration, UserProjection } from '../../api/kinds.ts';
import type { EntraJob } from '../preflight/entra-jobs.ts';
import { findCondition } from '../status/conditions.ts';
import type { Parity } from './parity.ts';

/** Entra's job as the handover sees it. `Unreadable`: nobody can tell whether there is one. */
export type HandoverJob =
  | { readonly type: 'Found'; readonly job: EntraJob }
  | { readonly type: 'None' }
  | { readonly type: 'Unreadable'; readonly saidToBePaused: boolean };

export interface HandoverFacts {
  readonly configuration: SyncConfiguration;
  /** Records of the configuration. */
  readonly records: readonly UserProjection[];
  readonly job: HandoverJob;
  /** Undefined where there is no plan of what the spec says now, or the configuration is in Apply. */
  readonly parity: Pick<Parity, 'differences' | 'summary'> | undefined;
  /** Differences that were looked at and are wanted. */
  readonly acceptsDifferences: boolean;
}

/** One step of the change, in the order in which Entra deletes nobody. */
export interface HandoverStep {
  readonly title: string;
  readonly state: 'Done' | 'Next' | 'Later';
  /** What was found. */
  readonly found: string;
  /** What to do, where it is next: sentences, and commands that begin with a tool's name. */
  readonly todo: readonly string[];
  /** How to go back from here. */
  readonly wayBack: string;
}

interface Checked {
  readonly title: string;
  readonly done: boolean;
  readonly found: string;
  readonly todo: readonly string[];
  readonly wayBack: string;
}

const place = ({ metadata }: SyncConfiguration): string => `-n ${metadata.namespace}`;

function plan({ configuration, parity }: HandoverFacts): Checked {
  const { name } = configuration.metadata;
  const applies = configuration.spec.mode === 'Apply';
  return {
    title: 'A plan is there, and nothing was written',
    done: applies || parity !== undefined,
    found: applies
      ? 'The configuration applies.'
      : parity === undefined
        ? 'There is no plan of what its spec says now.'
        : 'The plan is there.',
    todo: ['Wait until the plan is there, or mend what is in the way:', `kubectl tenantsync wait ${name} ${place(configuration)}`],
    wayBack: 'Delete the SyncConfiguration: nothing was written anywhere.',
  };
}

function compared({ configuration, parity, acceptsDifferences }: HandoverFacts): Checked {
  const { name } = configuration.metadata;
  const applies = configuration.spec.mode === 'Apply';
  return {
    title: 'The plan agrees with what Entra has made',
    done: applies || (parity !== undefined && (parity.differences === 0 || acceptsDifferences)),
    found: applies ? 'The configuration applies.' : (parity?.summary ?? 'Not compared yet.'),
    todo: [
      'Look at each difference, and change the spec until there is none; or say --accept-differences where they are wanted:',
      `kubectl tenantsync report --parity ${name} ${place(configuration)} > parity.html`,
    ],
    wayBack: 'Delete the SyncConfiguration: nothing was written anywhere.',
  };
}

const jobUrl = ({ servicePrincipalId, jobId }: EntraJob, action: string): string =>
  `https://graph.microsoft.com/v1.0/servicePrincipals/${servicePrincipalId}/synchronization/jobs/${jobId}/${action}`;

function paused({ job }: HandoverFacts): Checked {
  const title = "Entra's job is paused, and nobody was unassigned";
  const base = { title, wayBack: "Start Entra's job again: it goes on with the same accounts." };
  switch (job.type) {
    case 'None':
      return { ...base, done: true, found: 'There is no job for these two tenants.', todo: [] };
    case 'Unreadable':
      return {
        ...base,
        done: job.saidToBePaused,
        found: job.saidToBePaused ? 'It is paused, as was said: it may not be read.' : 'Whether it runs may not be read.',
        todo: [
          'Pause it in the portal of the source (Cross-tenant synchronization, the configuration, Stop provisioning), and unassign nobody.',
          "Then grant the source's application Synchronization.Read.All and Application.Read.All, or say --job-is-paused.",
        ],
      };
    case 'Found':
      return {
        ...base,
        done: !job.job.runs,
        found: job.job.runs ? `The job ${job.job.jobId} runs.` : `The job ${job.job.jobId} is paused.`,
        todo: [
          'Pause it in the portal of the source (Cross-tenant synchronization, the configuration, Stop provisioning), or with the command. Unassign nobody, and change no filter: Entra deletes whoever leaves its scope while it runs. A cycle that is under way ends first.',
          `az rest --method POST --url ${jobUrl(job.job, 'pause')}`,
        ],
        wayBack: `Start Entra's job again (it goes on with the same accounts): az rest --method POST --url ${jobUrl(job.job, 'start')}`,
      };
  }
}

/** What Entra did until it was paused has to be in the plan that is applied. */
function planAfterPause({ configuration, job, parity }: HandoverFacts): Checked {
  const { name } = configuration.metadata;
  const full = configuration.status.lastFullCycleAt;
  const ranAt = job.type === 'Found' ? job.job.lastRanAt : undefined;
  const isNewer = full !== undefined && (ranAt === undefined || Date.parse(full) > Date.parse(ranAt));
  const applies = configuration.spec.mode === 'Apply';
  return {
    title: 'The plan was made anew after that',
    done: applies || (isNewer && parity !== undefined),
    found: applies
      ? 'The configuration applies.'
      : `Everybody was looked at last at ${full ?? 'no time'}${ranAt === undefined ? '' : `, and Entra's last cycle ended at ${ranAt}`}.`,
    todo: [`kubectl tenantsync restart ${name} ${place(configuration)}`],
    wayBack: "Start Entra's job again.",
  };
}

function applied({ configuration }: HandoverFacts): Checked {
  const { name } = configuration.metadata;
  return {
    title: 'The configuration applies',
    done: configuration.spec.mode === 'Apply',
    found: `It is in mode ${configuration.spec.mode}.`,
    todo: [
      'Set mode: Apply in Git, or here:',
      `kubectl ${place(configuration)} patch synccfg ${name} --type=merge -p '{"spec":{"mode":"Apply"}}'`,
    ],
    wayBack: "Set mode: Plan, then start Entra's job again: both leave every account as it is.",
  };
}

/** The first cycle of Apply links accounts and writes no one anew. */
function looked({ configuration, records }: HandoverFacts): Checked {
  const { metadata, status } = configuration;
  const ready = findCondition(status.conditions, 'Ready');
  const isReady = ready?.status === 'True' && status.observedGeneration === metadata.generation;
  const adopted = records.filter(({ status: { targetUser } }) => targetUser?.origin === 'Adopted').length;
  const created = records.filter(({ status: { targetUser } }) => targetUser?.origin === 'Created').length;
  const linked = `${adopted} accounts were adopted, ${created} were created`;
  const applies = configuration.spec.mode === 'Apply';
  return {
    title: 'The first cycle has linked the accounts that Entra made',
    done: applies && isReady,
    found: applies ? `Ready is ${ready?.status ?? 'Unknown'} (${ready?.reason ?? 'Progressing'}); ${linked}.` : 'Not yet.',
    todo: [`kubectl tenantsync wait ${metadata.name} ${place(configuration)}`],
    wayBack: "Set mode: Plan, then start Entra's job again: both leave every account as it is.",
  };
}

/**
 * The change from Entra's job to a configuration, in the order in which Entra deletes nobody: pausing deletes nobody, unassigning does. A step is next
 * when all before it are done.
 */
export function handoverSteps(facts: HandoverFacts): readonly HandoverStep[] {
  const checks = [plan, compared, paused, planAfterPause, applied, looked].map((check) => check(facts));
  const next = checks.findIndex(({ done }) => !done);
  return checks.map(({ done, ...step }, index) => ({
    ...step,
    state: next < 0 || index < next ? 'Done' : index === next ? 'Next' : 'Later',
    todo: index === next && !done ? step.todo : [],
  }));
}
