import type { LogEntry } from '@tenantsync/sandbox/entra';
import type { Moves, RuleEventFields, RuleEventType } from './chaos-events.ts';
import { anchorStart, minute, type Person } from './chaos-tenants.ts';
import { Violation } from './chaos-violation.ts';
import type { ChaosWorld } from './chaos-world.ts';

type Action = RuleEventFields['targetActions']['actions'][number];
type UserType = RuleEventFields['userTypes']['types'][number];

const actions = ['Create', 'Update', 'Delete'] as const;
const userTypes = ['Guest', 'Member'] as const;
/** What is owed to an account that was made or brought back is written whatever the actions say: through refusals and kills for so long. */
const finishedWithinMs = 60 * minute;
/** A deletion counts as ours that the directory tells of within minutes of it. */
const ourMomentMs = 5 * minute;
const updates: ReadonlySet<string> = new Set(['PATCH /users/{id}', 'PUT /users/{id}/manager/$ref', 'DELETE /users/{id}/manager/$ref']);

/** What configuration and pair allow, and what was decided about creations, with what has to be remembered to tell whether it is heeded. */
export class Rules {
  readonly #chaos: ChaosWorld;
  /** Since when something is not allowed (monotonic). */
  readonly #forbidden = new Map<Action | UserType, number>();
  /** When accounts were made or brought back last (monotonic). */
  readonly #freshAt = new Map<string, number>();
  /** The target has taken its policy away, and nobody remembers that there was one: the cluster was lost since. */
  #policyGone = false;
  policyForgotten = false;

  constructor(chaos: ChaosWorld) {
    this.#chaos = chaos;
  }

  moves(): Pick<Moves, RuleEventType> {
    const chaos = this.#chaos;
    return {
      targetActions: ({ actions: allowed }) => {
        this.#forbid(actions, allowed);
        chaos.setSpec({ targetActions: [...allowed] });
      },
      userTypes: ({ types }) => {
        this.#forbid(userTypes, types);
        chaos.features.userTypes(types);
      },
      removePolicy: ({ enforced }) => {
        chaos.features.enforce(enforced);
        chaos.allowSync(false);
        chaos.world.spoke.policies.setUserSync(chaos.world.hub.tenantId, undefined);
        this.#policyGone = true;
      },
      rejectCreations: ({ patience }) => this.#rejectCreations(patience),
      provisionMany: ({ people }) => chaos.features.requestMany([...new Set(people)]),
      hideRecycleBin: ({ minutes }) => this.#hideRecycleBin(minutes),
      targetBounce: ({ who }) => this.#bounce(who),
    };
  }

  #forbid<T extends Action | UserType>(all: readonly T[], allowed: readonly T[]): void {
    const now = this.#chaos.world.clock.monotonic();
    for (const one of all)
      if (allowed.includes(one)) this.#forbidden.delete(one);
      else if (!this.#forbidden.has(one)) this.#forbidden.set(one, now);
  }

  /** Everything is allowed again. */
  end(): void {
    const chaos = this.#chaos;
    if (actions.some((action) => this.#forbidden.has(action))) chaos.setSpec({ targetActions: [...actions] });
    this.#forbidden.clear();
    this.#policyGone = false;
    chaos.features.userTypes(undefined);
  }

  /** With the cluster it is forgotten that there was a policy: only then a pair may make it anew. */
  forget(): void {
    this.policyForgotten ||= this.#policyGone;
  }

  async #rejectCreations(patience: number): Promise<void> {
    const { world, history } = this.#chaos;
    const token = (): string | undefined => this.#chaos.configuration().status.stagedCreations?.token;
    await world.clock.advanceUntil(() => token() !== undefined, patience * minute);
    const shown = token();
    if (shown === undefined) return;
    for (const { spec } of world.projections())
      if (spec.creation?.verdict === 'Staged' && spec.previewOf === undefined && this.#chaos.knowsManager(spec))
        history.rejectCreation(spec.source.objectId, shown);
    this.#chaos.annotate('reject-deletions', shown);
  }

  #bounce(place: number): void {
    const chaos = this.#chaos;
    const { entra, spoke } = chaos.world;
    const isOlder = (deletedAt: number | null | undefined): boolean =>
      typeof deletedAt === 'number' && deletedAt < entra.now() - ourMomentMs;
    const brought: string[] = [];
    chaos.inTarget(place, 'deleted', (id) => {
      if (!isOlder(spoke.user(id)?.deletedAt)) return;
      spoke.restore(id);
      brought.push(id);
    });
    if (brought.length > 0) chaos.inTarget(place, 'live', (id) => spoke.softDelete(id));
  }

  #hideRecycleBin(minutes: number): void {
    const { world, disarm } = this.#chaos;
    const fault = world.entra.faults.add({
      effect: 'status',
      status: 403,
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
      times: Number.MAX_SAFE_INTEGER,
      match: { tenant: world.hub.tenantId, method: 'GET', path: /^\/v1\.0\/directory\/deletedItems/ },
    });
    const timer = world.clock.setTimer(minutes * minute, () => fault.remove());
    disarm.add(() => {
      timer.cancel();
      fault.remove();
    });
  }

  /** One write to the target, whose it is, and when it was made (monotonic); `rejections`: tokens of sets that the operator has taken for rejected. */
  check(write: LogEntry, person: Person | undefined, at: number, rejections: ReadonlySet<string>): void {
    const { operation, objectId = '', body = '', appId } = write;
    const ours = appId === this.#chaos.world.spokeApp.appId;
    if (ours && operation === 'POST /invitations') this.#checkInvitation(body, person, at, rejections);
    if (ours && operation === 'DELETE /users/{id}' && this.#isForbidden('Delete', at))
      throw new Violation('E7 an account is deleted where deletions are not allowed');
    if (ours && updates.has(operation)) this.#checkUpdate(write, at);
    if (operation === 'POST /invitations' || operation.endsWith('/restore')) this.#freshAt.set(objectId, at);
  }

  #checkInvitation(body: string, person: Person | undefined, at: number, rejections: ReadonlySet<string>): void {
    if (this.#isForbidden('Create', at)) throw new Violation('E7 an account is created where creations are not allowed');
    for (const type of userTypes)
      if (this.#isForbidden(type, at) && body.includes(`"invitedUserType":"${type}"`))
        throw new Violation(`B11 a ${type} is invited, and the pair does not allow any`);
    const token = person && this.#chaos.history.creationRejectedBy(person);
    if (token !== undefined && rejections.has(token))
      throw new Violation(`I13 an invitation of person ${person?.place ?? ''}, for whom it was rejected`);
  }

  #checkUpdate({ operation, objectId = '', body = '' }: LogEntry, at: number): void {
    for (const type of userTypes)
      if (this.#isForbidden(type, at) && body.includes(`"userType":"${type}"`))
        throw new Violation(`B11 an account becomes a ${type}, and the pair does not allow any`);
    if (!this.#isForbidden('Update', at)) return;
    const fresh = at <= (this.#freshAt.get(objectId) ?? -Infinity) + finishedWithinMs;
    // Before a deletion the anchor says whose it is.
    const marks = body.includes(anchorStart) && Object.keys(JSON.parse(body) as object).length === 1;
    if (!fresh && !marks) throw new Violation(`E7 ${operation} where updates are not allowed`);
  }

  #isForbidden(what: Action | UserType, at: number): boolean {
    const since = this.#forbidden.get(what);
    return since !== undefined && at > since + this.#chaos.patienceMs() && this.#chaos.knewOf(since, at);
  }
}
