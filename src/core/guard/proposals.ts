import type { UserProjection } from '../../api/kinds.ts';
import { findCondition } from '../status/conditions.ts';
import { isLive, isSignInBlocked } from '../projection/account.ts';
import { convertsStrategy } from '../projection/transitions.ts';

/** What a cycle proposes to the guard, by name of the record. */
export interface Proposals {
  /** Records of all who leave, whether the removal deletes, blocks or lets go. */
  readonly leaving: ReadonlySet<string>;
  /** Whose sign-in is blocked, or whose account is converted to another strategy. */
  readonly blocked: ReadonlySet<string>;
}

/** What the records of a configuration say of removals and blocks that were decided before. */
export interface Counted {
  /** Passed within the window, as far as their records are still there. */
  readonly recent: number;
  /** Passed before the window, and not carried out yet. */
  readonly overdue: number;
  /** Found at the act and not judged yet: they will be proposed, and count beforehand. */
  readonly awaiting: number;
  /** Waiting for a decision. */
  readonly staged: number;
}

/** Whether a removal or block was decided and not carried out yet. A block that the directory refused for good counts as over. */
export function isUnexecuted({ spec, status }: UserProjection): boolean {
  if (spec.lifecycle === 'Removed' && spec.removal?.action === 'SoftDelete') return true;
  const blocks = spec.lifecycle === 'Removed' ? spec.removal?.action === 'Block' : spec.attributes?.accountEnabled === false;
  const refused = status.refusedAttributes?.some(({ name }) => name === 'accountEnabled') === true;
  return blocks && !refused && !isSignInBlocked({ status });
}

const isStaged = ({ spec }: UserProjection): boolean =>
  spec.lifecycle === 'RemovalStaged' || spec.blockStaged === true || spec.conversion?.verdict === 'Staged';

/** When what is to be done to the person passed; whoever has passed twice counts once, and as long as for the later. */
function passedAt({ spec }: UserProjection): string | undefined {
  const converted = spec.conversion?.verdict === 'Passed' ? spec.conversion.at : undefined;
  return [spec.guardedAt, converted]
    .filter((at) => at !== undefined)
    .toSorted()
    .at(-1);
}

/** Whether a conversion has passed and was not carried out yet. */
const isUnconverted = (record: UserProjection): boolean =>
  record.spec.conversion?.verdict === 'Passed' && convertsStrategy(record, record.spec);

/** Counts the decisions that were made before `proposals`, record by record. A person who is proposed anew counts there, once. */
export class Tally {
  readonly #proposals: Proposals;
  readonly #windowStart: number;
  readonly #counted = { recent: 0, overdue: 0, awaiting: 0, staged: 0 };

  /** `windowStart`: epoch milliseconds. */
  constructor(proposals: Proposals, windowStart: number) {
    this.#proposals = proposals;
    this.#windowStart = windowStart;
  }

  get counted(): Counted {
    return this.#counted;
  }

  add(record: UserProjection): void {
    const { name } = record.metadata;
    if (this.#proposals.leaving.has(name) || this.#proposals.blocked.has(name)) return;
    const counted = this.#counted;
    if (isStaged(record)) counted.staged += 1;
    // Who waits for an account waits for another judgement.
    if (isLive(record) && findCondition(record.status.conditions, 'Ready')?.reason === 'AwaitingGuard') counted.awaiting += 1;
    const at = passedAt(record);
    if (at === undefined) return;
    if (Date.parse(at) > this.#windowStart) counted.recent += 1;
    else if (isLive(record) && (isUnexecuted(record) || isUnconverted(record))) counted.overdue += 1;
  }
}
