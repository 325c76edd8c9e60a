/** Commands for the people of a cluster: each reads it, or writes an annotation or field and waits. */
export const clientVerbs: readonly string[] = [
  'status',
  'who',
  'explain',
  'plan',
  'history',
  'decisions',
  'tree',
  'provision',
  'sync',
  'restart',
  'suspend',
  'resume',
  'approve',
  'reject',
  'wait',
  'completion',
];
