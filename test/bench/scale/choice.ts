import { toolsBuilt, toolsFolder } from '../../cluster/support/tools.ts';

const names = ['kube-apiserver', 'embedded'] as const;

/** A real API server with its etcd, or the simulated one. */
export type ServerName = (typeof names)[number];

/** What counts are held to their bounds on. */
export const checkedServer: ServerName = 'embedded';

/** The server that was asked for; else the real one if its tools are there already: to build them takes minutes. Undefined: there is none of that name. */
export function serverFor(asked: string | undefined, folder = toolsFolder()): ServerName | undefined {
  if (asked !== undefined) return names.find((name) => name === asked);
  return toolsBuilt(folder) ? 'kube-apiserver' : 'embedded';
}
