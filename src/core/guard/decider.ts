import { annotations } from '../../api/kinds.ts';

/** Whether the cluster holds `tenantsync.dev/decided-by` to the user who writes it. */
export type Authorship = 'Verified' | 'Unverified';

/** What the cluster keeps of who wrote an object. */
interface Written {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly { readonly manager?: string; readonly fieldsV1?: unknown }[];
}

/** Who decided about a staged set; `verified`: nobody else can have written that name. */
export interface Decider {
  readonly by?: string;
  readonly verified: boolean;
}

/** As much of a name as status holds. */
const longestName = 256;

/**
 * Who wrote the annotation by which a set was approved or rejected: who says so in `tenantsync.dev/decided-by`, which the admission policy
 * of the chart holds to the user's name; without that annotation the field manager, which anybody can choose.
 */
export function deciderOf({ annotations: given, managedFields: fields }: Written, authorship: Authorship): Decider {
  const named = given?.[annotations.decidedBy];
  if (named !== undefined && named !== '') return { by: cut(named), verified: authorship === 'Verified' };
  const entry = fields?.findLast(({ fieldsV1 }) => /approve-deletions|reject-deletions/.test(JSON.stringify(fieldsV1 ?? {})));
  return { ...(entry?.manager === undefined ? {} : { by: cut(entry.manager) }), verified: false };
}

const cut = (name: string): string => name.toWellFormed().slice(0, longestName).toWellFormed();

/** A decider in a sentence that begins before. */
export function byWhom({ by, verified }: Decider): string {
  if (by === undefined) return '';
  return verified ? ` by ${by}` : ` by ${by} (unverified)`;
}
