import type { SandboxUser, SettingsOverride } from '@tenantsync/sandbox/entra';
import type { JsonObject } from '@tenantsync/sandbox/kubernetes';
import type { SyncConfiguration, UserProjection } from '../../src/api/kinds.ts';
import { condition, guests, hire, replicated } from './scene.ts';
import { unfriendly, World } from './world.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Requests for a page of the list of the target's users. */
export const listOfUsers = /\/users\?.*\$top=999/;

/** A world whose accounts are compared: everybody has one, a first pass was made, and what was written has long been visible. */
export class DriftScene {
  readonly world: World;
  people: readonly SandboxUser[] = [];

  constructor(options: { readonly seed?: number; readonly settings?: SettingsOverride } = {}) {
    this.world = new World({ settings: unfriendly, ...options });
  }

  async begin(drift: JsonObject, more: JsonObject = {}, count = 4): Promise<void> {
    const { world } = this;
    this.people = hire(world, count);
    await replicated(world);
    await world.begin({ interval: '10m', drift: { interval: '20m', ...drift }, ...more });
    await world.until('everybody is there', () => guests(world).length === count, hour);
    await world.run(15 * minute);
    await this.passed('staff', 5 * hour);
  }

  /** Makes internal users of the target, so that the list of its users has several pages. */
  crowd(count: number): void {
    for (let index = 0; index < count; index += 1) this.world.spoke.createUser({ userPrincipalName: `crowd${index}@fabrikam.com` });
  }

  sourceId(index: number): string {
    return this.people[index]?.id ?? '';
  }

  account(index: number): SandboxUser {
    const account = this.world.account(this.sourceId(index));
    if (account === undefined) throw new Error(`person ${index} has no account`);
    return account;
  }

  record(index: number): UserProjection {
    const record = this.world.projection(this.sourceId(index));
    if (record === undefined) throw new Error(`person ${index} has no record`);
    return record;
  }

  /** Names of the attributes that a record says differ. */
  drift(index: number): readonly string[] {
    return (this.record(index).status.drift ?? []).map(({ attribute }) => attribute);
  }

  reason(index: number): string | undefined {
    return condition(this.record(index))?.reason;
  }

  /** The last pass that ended. */
  pass(configuration = 'staff'): SyncConfiguration['status']['drift'] {
    return this.world.configuration(configuration).status.drift;
  }

  /** A pass that begins from now on has ended. */
  async passed(configuration = 'staff', limitMs = 2 * hour): Promise<void> {
    const now = Math.ceil(this.world.clock.now() / 1000) * 1000;
    await this.world.until('a pass', () => Date.parse(this.pass(configuration)?.startedAt ?? '') >= now, limitMs);
  }

  /** Somebody in the target changes the account of a person. */
  async change(index: number, properties: Parameters<World['spoke']['updateUser']>[1]): Promise<void> {
    this.world.spoke.updateUser(this.account(index).id, properties);
    await replicated(this.world);
  }

  /** Writes to the target so far. */
  get writes(): number {
    return this.world.spoke.log.writes().length;
  }
}
