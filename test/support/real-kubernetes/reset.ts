import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Question } from './sync-http.ts';

export type Ask = (question: Question) => Promise<Answer>;

/** Asks for a cluster as if it were new: the CRDs and the empty namespaces, nothing else of ours. */
export interface Reset {
  readonly crds: readonly object[];
  readonly namespaces: readonly string[];
  /** Roles and their bindings that a namespace had before it was deleted. */
  readonly roles: readonly object[];
  /** Requests of a killed process may still be on their way. */
  readonly stragglers: boolean;
}

interface Item {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly finalizers?: readonly string[] };
}

const group = '/apis/tenantsync.dev/v1alpha1';
const ours = ['syncconfigurations', 'tenantpairs', 'userprojections', 'groupprojections'];
const notes = ['tenantsync-guard', ...Array.from({ length: 8 }, (_, index) => `tenantsync-links-${index}`)];
const others = ['/api/v1|secrets', '/api/v1|events', '/apis/coordination.k8s.io/v1|leases'];

export async function resetCluster(ask: Ask, { crds, namespaces, roles, stragglers }: Reset): Promise<void> {
  for (const crd of crds) await install(ask, crd as Crd);
  await Promise.all(namespaces.map((name) => namespaceIs(ask, name)));
  for (const role of roles) await apply(ask, role as Role);
  if (stragglers) await delay(100);
  await Promise.all([
    ...ours.map((plural) => removeAll(ask, group, plural)),
    ...others.map((each) => {
      const [root = '', plural = ''] = each.split('|');
      return Promise.all(namespaces.map((name) => expected(ask, { method: 'DELETE', path: `${root}/namespaces/${name}/${plural}` })));
    }),
    ...namespaces.flatMap((name) =>
      notes.map((map) => expected(ask, { method: 'DELETE', path: `/api/v1/namespaces/${name}/configmaps/${map}` })),
    ),
  ]);
}

interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly names: { readonly plural: string } };
}

async function install(ask: Ask, crd: Crd): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}?fieldManager=tests&force=true`;
  await expected(ask, { method: 'PATCH', path, body: crd, contentType: 'application/apply-patch+yaml' });
  await until(async () => (await ask({ method: 'GET', path: `${group}/${crd.spec.names.plural}?limit=1` })).status === 200);
}

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

async function apply(ask: Ask, role: Role): Promise<void> {
  const { name, namespace } = role.metadata;
  const collection = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/${role.kind.toLowerCase()}s`;
  const path = `${collection}/${name}?fieldManager=tests&force=true`;
  await expected(ask, { method: 'PATCH', path, body: role, contentType: 'application/apply-patch+yaml' });
}

async function namespaceIs(ask: Ask, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  await until(async () => {
    const { status, body } = await ask({ method: 'GET', path });
    if (status === 404) await ask({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
    else if ((body as { status?: { phase?: string } }).status?.phase === 'Active') return true;
    else for (const plural of ours) await removeAll(ask, group, plural);
    return false;
  });
}

async function removeAll(ask: Ask, root: string, plural: string): Promise<void> {
  const { items } = (await expected(ask, { method: 'GET', path: `${root}/${plural}` })) as { items: readonly Item[] };
  if (items.length === 0) return;
  for (const namespace of new Set(items.map(({ metadata }) => metadata.namespace)))
    await expected(ask, { method: 'DELETE', path: `${root}/namespaces/${namespace}/${plural}` });
  const held = items.filter(({ metadata }) => (metadata.finalizers?.length ?? 0) > 0);
  await inParallel(held, 16, async ({ metadata: { name, namespace } }) => {
    const path = `${root}/namespaces/${namespace}/${plural}/${name}`;
    await expected(ask, { method: 'PATCH', path, body: { metadata: { finalizers: null } }, contentType: 'application/merge-patch+json' });
  });
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** What is not there needs no removal. */
async function expected(ask: Ask, question: Question): Promise<unknown> {
  const { status, body } = await ask(question);
  if (status >= 300 && status !== 404) throw new Error(`${question.method} ${question.path}: ${status} ${JSON.stringify(body)}`);
  return status === 404 ? { items: [] } : body;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 40_000;
  while (!(await done())) {
    if (performance.now() > end) throw new Error('the cluster did not come back to its beginning within 40 s');
    await delay(20);
  }
}
