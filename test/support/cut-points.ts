import type { JsonObject, SandboxUser } from '@tenantsync/sandbox/entra';
import type { RequestRecord } from '@tenantsync/sandbox/kubernetes';
import { realCluster } from './real-kubernetes/cluster.ts';
import { condition } from './scene.ts';
import type { World } from './world.ts';

const minute = 60_000;
/** A new process has the lease after 15 s and knows within the replication window what became of lost writes. */
const convergenceLimitMs = 40 * minute;
/** Longer than the replication window and than a cycle: whatever would come late has come. */
const afterwardsMs = 3 * minute;
/** Less than by default, so that less time has to pass; the simulated lag is much shorter still. */
export const cutPointFlags = ['--replication-window', '2m'];

/** One way through the operator whose outgoing requests are points to be killed at. */
export interface CutPath<Scene> {
  /** Requests that must be among those it sends, so that it tests what it says. */
  readonly writes: readonly string[];
  /** Makes the world and brings it to the point from which requests count. */
  readonly setUp: () => Promise<{ readonly world: World; readonly scene: Scene }>;
  /** What happens then. The operator is started afterwards where it is not running. */
  readonly change: (world: World, scene: Scene) => void;
  /** What happens while no operator runs. */
  readonly meanwhile?: (world: World, scene: Scene) => void;
  /** Acts like an administrator while the operator works; called again and again. */
  readonly attend?: (world: World, scene: Scene) => void;
  /** What must hold at any time, in words; empty when it does. */
  readonly always?: (world: World, scene: Scene) => readonly string[];
  /** What is not as it must be in the end, in words. */
  readonly problems: (world: World, scene: Scene, interrupted: boolean) => readonly string[];
}

/** One outgoing request, as a point to be killed at. */
export interface CutPoint {
  /** Counts the requests after the set-up, from 1. */
  readonly request: number;
  readonly name: string;
  readonly when: 'before' | 'after';
}

/** Watches and leases aside, and lists of Kubernetes, everything that the operator sends is counted. */
const isCounted = ({ watch, method, path }: RequestRecord): boolean => !watch && method !== 'GET' && !path.includes('/leases');

interface Watcher {
  /** Called with each counted request before its effect; a promise that does not settle keeps the request from arriving. */
  readonly before: (name: string, request: number) => Promise<never> | undefined;
  /** Called after its effect and before its answer. */
  readonly after: (request: number) => void;
}

function watchRequests(world: World, watcher: Watcher): () => void {
  let count = 0;
  const numbers = new Map<string, number>();
  const before = (key: string, name: string): Promise<never> | undefined => {
    if (!world.running) return undefined;
    count += 1;
    numbers.set(key, count);
    return watcher.before(name, count);
  };
  const after = (key: string): void => {
    const request = numbers.get(key);
    if (request !== undefined) watcher.after(request);
  };
  const tenantName = (tenantId: string | undefined): string => (tenantId === world.hub.tenantId ? 'hub' : 'spoke');
  const ends = [
    world.entra.intercept({
      before: (info) => before(`entra ${info.number}`, `${tenantName(info.tenantId)} ${info.operation}`),
      after: (info) => after(`entra ${info.number}`),
    }),
    world.kube.hooks.before((record) =>
      isCounted(record) ? before(`kube ${record.number}`, `kube ${record.method} ${shortPath(record.path)}`) : undefined,
    ),
    world.kube.hooks.after((record) => after(`kube ${record.number}`)),
  ];
  return () => ends.forEach((end) => end());
}

const shortPath = (path: string): string => path.replace(/^.*\/namespaces\/[^/]+\//, '');

/** Plays the path once without a kill. Returns the names of the requests in order; throws if it does not come out right. */
async function requestsOf<Scene>(path: CutPath<Scene>): Promise<readonly string[]> {
  const { world, scene } = await path.setUp();
  const names: string[] = [];
  const end = watchRequests(world, {
    before: (name) => {
      names.push(name);
      return undefined;
    },
    after: () => undefined,
  });
  path.change(world, scene);
  if (!world.running) await world.startOperator();
  const problems = await converge(world, path, scene, false);
  end();
  dispose(world);
  if (problems.length > 0) throw new Error(`without a kill: ${problems.join('; ')}`);
  return names;
}

/** Plays the path up to the point, kills the operator there and starts a new one. Returns what is wrong in the end. */
async function cutAt<Scene>(path: CutPath<Scene>, point: CutPoint): Promise<readonly string[]> {
  const { world, scene } = await path.setUp();
  const end = watchRequests(world, {
    before: (_, request) => {
      if (point.when !== 'before' || request !== point.request) return undefined;
      world.killOperator();
      return new Promise<never>(() => undefined);
    },
    after: (request) => {
      if (point.when === 'after' && request === point.request) world.killOperator();
    },
  });
  path.change(world, scene);
  if (!world.running) await world.startOperator();
  const killed = await world.clock.advanceUntil(() => {
    if (world.running) path.attend?.(world, scene);
    return !world.running;
  }, convergenceLimitMs);
  end();
  if (!killed) {
    dispose(world);
    return ['the request was never sent'];
  }
  path.meanwhile?.(world, scene);
  await world.startOperator();
  const problems = await converge(world, path, scene, true);
  if (problems.length > 0) {
    dispose(world);
    return problems;
  }
  await world.run(afterwardsMs);
  const later = [...path.problems(world, scene, true), ...(path.always?.(world, scene) ?? [])];
  dispose(world);
  return later.map((problem) => `afterwards ${problem}`);
}

async function converge<Scene>(world: World, path: CutPath<Scene>, scene: Scene, interrupted: boolean): Promise<readonly string[]> {
  let broken: readonly string[] = [];
  await world.clock.advanceUntil(() => {
    path.attend?.(world, scene);
    broken = path.always?.(world, scene) ?? [];
    return broken.length > 0 || path.problems(world, scene, interrupted).length === 0;
  }, convergenceLimitMs);
  return broken.length > 0 ? broken : path.problems(world, scene, interrupted);
}

function dispose(world: World): void {
  world.killOperator();
  world.kube.close();
}

/**
 * The points of a path: each write, and the beginning of each row of reads, which have no effect; its end is the point before the next
 * write. A real API server takes its time: there, reads are left out and the first write of each kind stands for the others.
 */
function pointsOf(names: readonly string[]): readonly CutPoint[] {
  const points = names.flatMap((name, index) => {
    const at = (when: CutPoint['when']): CutPoint => ({ request: index + 1, name, when });
    if (!isRead(name)) return [at('before'), at('after')];
    return isRead(names[index - 1] ?? '') ? [] : [at('before')];
  });
  if (realCluster === undefined) return points;
  return points.filter(({ request, name }) => !isRead(name) && names.indexOf(name) === request - 1);
}

const isRead = (name: string): boolean => / GET | POST \/token$/.test(name);

/** A person of the source and how the account is to be. */
export interface ExpectedPerson {
  readonly user: SandboxUser;
  readonly state: 'Provisioned' | 'Blocked' | 'SoftDeleted' | 'Staged';
  /** The object id that the account had before. */
  readonly accountId?: string | undefined;
  readonly properties?: JsonObject;
  readonly manager?: SandboxUser;
}

/** What is wrong with the accounts of these people, who are all there are, and with the configuration (I1, I4). */
export function accountProblems(world: World, people: readonly ExpectedPerson[]): readonly string[] {
  const problems: string[] = [];
  for (const person of people) problems.push(...personProblems(world, person).map((problem) => `${nameOf(person.user)}: ${problem}`));
  const live = people.filter(({ state }) => state !== 'SoftDeleted').length;
  if (world.spoke.users().length !== live) problems.push(`${world.spoke.users().length} live accounts instead of ${live}`);
  if (world.spoke.deletedUsers().length !== people.length - live) problems.push('a deleted account too many or too few');
  if (world.projections().length !== people.length) problems.push('a projection too many or too few');
  const { status } = world.configuration();
  if (status.currentCycle) problems.push(`the cycle is ${status.currentCycle.phase}`);
  if (status.watermark?.users === undefined) problems.push('no watermark');
  if ((status.watermark?.unconfirmed?.length ?? 0) > 0) problems.push('unconfirmed changes');
  if (status.lastCycle?.result === 'Failed') problems.push('the last cycle failed');
  return problems;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));
const nameOf = (user: SandboxUser): string => text(user.properties.displayName);

function personProblems(world: World, person: ExpectedPerson): readonly string[] {
  const { user, state } = person;
  const projection = world.projection(user.id);
  if (!projection) return ['no projection'];
  const { status, spec } = projection;
  const problems: string[] = [];
  if (status.state !== state) problems.push(`is ${status.state} instead of ${state}`);
  if (status.intent) problems.push(`an intent to ${status.intent.operation} is left`);
  if (status.observedGeneration !== projection.metadata.generation) problems.push('its last spec was not handled');
  if (state !== 'SoftDeleted' && state !== 'Staged' && status.appliedRevision !== spec.revision) problems.push('its spec is not applied');
  const accounts = world.accountsOf(text(user.properties.userPrincipalName));
  const wanted = state === 'SoftDeleted' ? 0 : 1;
  if (accounts.length !== wanted) problems.push(`has ${accounts.length} live accounts`);
  const link = status.targetUser?.objectId;
  const account = link === undefined ? undefined : world.spoke.user(link);
  if (!account) return [...problems, 'is linked to nothing'];
  if ((account.deletedAt === null) !== (wanted === 1)) problems.push('its account is deleted or not, against what was wanted');
  if (status.targetUser?.origin !== 'Created') problems.push("its account counts as somebody else's");
  // Without it a return could not be told from a deletion by the target's administrator.
  if ((status.targetUser?.deletedAt === undefined) !== (state !== 'SoftDeleted')) problems.push('whether we deleted it is not recorded');
  if (person.accountId !== undefined && link !== person.accountId) problems.push('has another object id');
  for (const [name, value] of Object.entries({ ...person.properties, accountEnabled: state !== 'Blocked', showInAddressList: true })) {
    if (account.properties[name] !== value) problems.push(`${name} is ${text(account.properties[name])}`);
  }
  if (person.manager && account.managerId !== world.account(person.manager.id)?.id) problems.push('has another manager');
  return problems;
}

/** The reason of Ready, when it is not the one wanted. */
export function readyProblems(world: World, reason = 'Succeeded'): readonly string[] {
  const ready = condition(world.configuration());
  return ready?.reason === reason ? [] : [`Ready says ${ready?.reason ?? 'nothing'}`];
}

/** Plays the path once for each point. Gives the requests that it sends, and what was wrong in the end where it was killed. */
export async function cutEverywhere<Scene>(
  path: CutPath<Scene>,
): Promise<{ readonly requests: readonly string[]; readonly failed: readonly string[] }> {
  const requests = await requestsOf(path);
  const failed: string[] = [];
  for (const point of pointsOf(requests)) {
    const problems = await cutAt(path, point);
    if (problems.length > 0) failed.push(`killed ${point.when} request ${point.request}, ${point.name}: ${problems.join('; ')}`);
  }
  return { requests, failed };
}
