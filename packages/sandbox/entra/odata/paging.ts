import type { Random } from '../../../../src/ports/clock.ts';
import { GraphFault } from '../graph-api/graph-fault.ts';

interface Session {
  readonly ids: readonly string[];
  readonly size: number;
}

/** Results that are handed out page by page. A page link names the session and the place in it, so a page can be asked for again. */
export class PagingSessions {
  #sessions = new Map<string, Session>();
  #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The first page of `ids`; `empty` makes it an empty one with a link to the real one. */
  open(ids: readonly string[], size: number, empty: boolean): { ids: readonly string[]; skipToken?: string } {
    if (ids.length <= size && !empty) return { ids };
    const name = this.#random.uuid().replaceAll('-', '');
    this.#sessions.set(name, { ids, size });
    const oldest = this.#sessions.keys().next();
    if (this.#sessions.size > 1000 && oldest.done !== true) this.#sessions.delete(oldest.value);
    return empty ? { ids: [], skipToken: `${name}.0` } : this.resume(`${name}.0`);
  }

  /** A further page. Throws 400 Directory_ExpiredPageToken for links that are no longer known. */
  resume(skipToken: string): { ids: readonly string[]; skipToken?: string } {
    const [name, place] = skipToken.split('.');
    const session = name === undefined ? undefined : this.#sessions.get(name);
    const from = Number(place);
    if (name === undefined || session === undefined || !Number.isInteger(from)) {
      throw new GraphFault(
        400,
        'Directory_ExpiredPageToken',
        'The specified page token value has expired and can no longer be included in your request.',
      );
    }
    const to = from + session.size;
    const page = session.ids.slice(from, to);
    return to < session.ids.length ? { ids: page, skipToken: `${name}.${to}` } : { ids: page };
  }
}
