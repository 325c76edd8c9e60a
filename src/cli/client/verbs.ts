/** Commands for the people of a cluster: each reads it, or writes an annotation or field and waits. */
export const clientVerbs: readonly string[] = [
  'status',
  'who',
  'explain',
  'plan',
  'history',
  'decisions',
  'tree',
  'report',
  'check',
  'handover',
  'provision',
  'sync',
  'restart',
  'suspend',
  'resume',
  'approve',
  'reject',
  'wait',
  'completion',
  'version',
];

/** Flags that find the cluster and have a value. */
const placed: ReadonlySet<string> = new Set(['-n', '--namespace', '--context', '--kubeconfig', '--as']);

/** The arguments with the verb first: flags that find the cluster may stand before it, as with kubectl. */
export function verbFirst(args: readonly string[]): readonly string[] {
  let at = 0;
  while (args[at]?.startsWith('-') === true) at += placed.has(args[at] ?? '') ? 2 : 1;
  const [verb, ...rest] = args.slice(at);
  return verb !== undefined && clientVerbs.includes(verb) ? [verb, ...args.slice(0, at), ...rest] : args;
}
