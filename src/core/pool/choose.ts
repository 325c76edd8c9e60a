import { hashOf } from '../hash.ts';

/** An application of several that work in one tenant, as the choice between them sees it. */
export interface Standing {
  readonly clientId: string;
  /** When its budget, and the tenant's, have what is asked for: epoch milliseconds, the same for all that have it now. */
  readonly readyAt: number;
}

/**
 * The application for one piece of work: the one that is ready first. Among those that are ready at the same time each person has a favourite, so that
 * what was written through an application is read through it again while its budget lasts; without a person it is the first of the list. Undefined for
 * an empty list.
 */
export function chooseApplication<T extends Standing>(applications: readonly T[], person: string | undefined): T | undefined {
  const first = Math.min(...applications.map(({ readyAt }) => readyAt));
  const ready = applications.filter(({ readyAt }) => readyAt === first);
  if (person === undefined || ready.length < 2) return ready[0];
  // Each pair of person and application has a rank of its own: an application that comes or goes moves only the people who favour it.
  const ranked = ready.map((application) => ({ application, rank: hashOf([person, application.clientId.toLowerCase()]) }));
  return ranked.reduce((best, each) => (each.rank > best.rank ? each : best)).application;
}
