import { readFileSync } from 'node:fs';
import { auditLog, get } from './site.ts';

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Bound {
  readonly metadata: { readonly namespace?: string };
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly requestURI: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One right, as `namespace: verb group/resource/subresource name`; `*` stands for all namespaces or names. */
export type Right = string;

function rightsOf(namespace: string, { apiGroups = [], resources = [], verbs, resourceNames = ['*'] }: Rule): readonly Right[] {
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) => resourceNames.map((name) => `${namespace}: ${verb} ${group}/${resource} ${name}`)),
    ),
  );
}

/** Every right that the cluster's bindings give a ServiceAccount by name. */
export async function granted(namespace: string, account: string): Promise<ReadonlySet<Right>> {
  const { items } = await get<{ items: Bound[] }>('rolebindings,clusterrolebindings', '-A');
  const own = items.filter(({ subjects }) =>
    subjects?.some((subject) => subject.kind === 'ServiceAccount' && subject.name === account && subject.namespace === namespace),
  );
  const rights = new Set<Right>();
  for (const { metadata, roleRef } of own) {
    const scope = metadata.namespace === undefined ? [] : ['-n', metadata.namespace];
    const { rules } = await get<{ rules: Rule[] }>(roleRef.kind.toLowerCase(), roleRef.name, ...scope);
    for (const rule of rules) for (const right of rightsOf(metadata.namespace ?? '*', rule)) rights.add(right);
  }
  return rights;
}

/** What a user has asked the API server for, oldest first. */
export function asked(username: string): readonly AuditEvent[] {
  return readFileSync(auditLog, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter((event) => event.user.username === username);
}

/** Those of the rights that a request has made use of. */
export function rightsUsed(events: readonly AuditEvent[], rights: ReadonlySet<Right>): ReadonlySet<Right> {
  const used = new Set<Right>();
  for (const { verb, objectRef = {} } of events) {
    const { apiGroup = '', resource = '', subresource, namespace = '*', name = '*' } = objectRef;
    const what = `${verb} ${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
    for (const scope of ['*', namespace]) {
      for (const each of ['*', name]) if (rights.has(`${scope}: ${what} ${each}`)) used.add(`${scope}: ${what} ${each}`);
    }
  }
  return used;
}

/** The requests that were refused for want of a right. */
export function refused(events: readonly AuditEvent[]): readonly string[] {
  return events
    .filter(({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid')
    .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
}
