import { hashOf } from '../../core/hash.ts';
import { CycleFailure, retried, type Stepped, type Steps } from './steps.ts';

/** Pages in a row without anything new, after which a read is taken for one that goes in circles. */
const mostIdlePages = 1000;

interface Link {
  readonly link: string;
}
interface Page {
  readonly next?: string;
}

/** How one read is made and what is done with its pages. */
export interface PagedRead<Start, P extends Page> {
  /** What is read, for people: `the users`. */
  readonly what: string;
  readonly start: Start;
  readonly read: (request: Start | Link) => Promise<P>;
  /** Takes a page in. Returns how much of it had not been read before in this round. */
  readonly take: (page: P) => number | Steps<number>;
}

/**
 * Reads page after page and returns the last. The runtime gets its turn after each, so that no read is cut off by the time that a
 * reconcile has. A link that was followed before, or a thousand pages in a row without anything new, end the read as incomplete:
 * nothing may be concluded from what is missing in it.
 */
export async function* readPages<Start extends object, P extends Page>(run: Stepped, paged: PagedRead<Start, P>): Steps<P> {
  const followed = new Set<string>();
  let request: Start | Link = paged.start;
  for (let idle = 0; ;) {
    const current: Start | Link = request;
    if ('link' in current) followed.add(hashOf(current.link));
    const page: P = yield* retried(run, () => paged.read(current));
    const taken = paged.take(page);
    const fresh = typeof taken === 'number' ? taken : yield* taken;
    run.turn.progress += fresh;
    idle = fresh > 0 ? 0 : idle + 1;
    yield { waitMs: 0 };
    if (page.next === undefined) return page;
    if (followed.has(hashOf(page.next))) throw incomplete(paged.what, 'sent the same page again and again');
    if (idle >= mostIdlePages) throw incomplete(paged.what, `sent ${mostIdlePages} pages with nothing new in them`);
    request = { link: page.next };
  }
}

/** The source ended a round without a link to go on from. */
export function endless(what: string): CycleFailure {
  return incomplete(what, 'did not say where it ended');
}

function incomplete(what: string, how: string): CycleFailure {
  return new CycleFailure('SourceReadIncomplete', `The source ${how} when ${what} were read. Nothing is deleted; the round is repeated.`);
}
