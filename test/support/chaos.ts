import type { Schedule } from './chaos-schedule.ts';
import { close } from './chaos-closing.ts';
import { CalmChecks } from './chaos-calm.ts';
import { GroupCalm } from './chaos-group-calm.ts';
import { Checks } from './chaos-checks.ts';
import { happen } from './chaos-moves.ts';
import { describe, describeConfiguration, Violation } from './chaos-violation.ts';
import { minute } from './chaos-tenants.ts';
import { ChaosWorld } from './chaos-world.ts';

/** Longer than a check of the pair, the longest pause after a failed cycle, a cycle, and the lag. */
const calmMs = 25 * minute;
/** Longer than the replication window, after which late comparisons are made. */
const settledMs = 12 * minute;

/** Plays a schedule and checks the invariants after each event and in the calm that follows. Rejects with Violation. */
export async function play(schedule: Schedule): Promise<void> {
  const chaos = new ChaosWorld(schedule.options);
  const checks = new Checks(chaos);
  try {
    await chaos.begin();
    checks.always();
    for (const event of schedule.events) {
      await happen(chaos, event);
      checks.always();
    }
    await calmDown(chaos, checks);
  } finally {
    chaos.end();
  }
}

/** Everything works again and nobody does anything: everybody must come to the place where they belong. */
async function calmDown(chaos: ChaosWorld, checks: Checks): Promise<void> {
  const { world } = chaos;
  chaos.endFaults();
  chaos.allowSync(true);
  chaos.suspendPair(false);
  await chaos.start();
  chaos.setSpec({ suspend: false, mode: 'Apply' });
  chaos.rules.end();
  await chaos.features.end();
  chaos.projecting?.calm();
  for (const group of [0, 1]) chaos.restoreGroup(group);
  chaos.noteSource();
  await world.run(calmMs + (chaos.retryAfter.mostMs > calmMs ? chaos.retryAfter.mostMs : 0));
  checks.always();
  const calm = new CalmChecks(chaos);
  const groups = chaos.projecting && new GroupCalm(chaos, chaos.projecting);
  calm.recorded();
  // A full cycle takes back the pauses after failures; then the replication window passes.
  const token = `calm ${world.clock.monotonic()}`;
  chaos.annotate('restarted-at', token);
  const handled = await world.clock.advanceUntil(() => chaos.configuration().status.lastHandledRestartAt === token, 30 * minute);
  if (!handled) throw new Violation(`I4 a restart is not handled: ${describeConfiguration(chaos.configuration())}`);
  await world.run(settledMs);
  checks.always();
  calm.settled();
  groups?.settled();
  await checkQuiet(chaos);
  if (chaos.isWaiting()) {
    // Who is left of a group's members when their people have left is another set, and is decided about anew.
    for (let rounds = 0; chaos.isWaiting() && rounds < (groups === undefined ? 1 : 3); rounds += 1) {
      chaos.decide('approve');
      await world.run(settledMs);
      checks.always();
    }
    if (chaos.isWaiting())
      throw new Violation(
        `I4 what was approved is still staged: ${chaos.staged().map(describe).join()} ${describeConfiguration(chaos.configuration())}`,
      );
    calm.settled();
    groups?.settled();
  }
  if (chaos.configuration().status.stagedDeletions !== undefined)
    throw new Violation(`I14 somebody is asked, and nothing waits: ${describeConfiguration(chaos.configuration())}`);
  await approvePurges(chaos, checks);
  await checkPlan(chaos);
  if (chaos.options.closing === undefined) return;
  await close(chaos, chaos.options.closing);
  checks.always();
}

/** What the guard holds of the purges is made when it is approved (A12). */
async function approvePurges(chaos: ChaosWorld, checks: Checks): Promise<void> {
  const token = (): string | undefined => chaos.configuration().status.stagedPurges?.token;
  // Further people may be found to be gone meanwhile: they are another set.
  for (let rounds = 0; token() !== undefined && rounds < 3; rounds += 1) {
    chaos.purges.decideAbout(token() ?? '', 'approve');
    await chaos.world.run(settledMs);
    checks.always();
  }
  const left = chaos.purges.leftOver();
  if (token() !== undefined || left !== undefined)
    throw new Violation(`A12 a purge that was approved is not made: ${describe(left)} ${describeConfiguration(chaos.configuration())}`);
}

/** What was done is not proposed again (I13). */
async function checkPlan(chaos: ChaosWorld): Promise<void> {
  chaos.setSpec({ mode: 'Plan' });
  await chaos.world.nextCycle(chaos.configurationName);
  await chaos.world.run(2 * minute);
  for (const projection of chaos.world.projections()) {
    const { spec, status } = projection;
    if (spec.rejected === true || (status.plan?.operation ?? 'None') === 'None') continue;
    throw new Violation(`I13 proposed after all was done: ${describe(projection)}`);
  }
  if (chaos.projecting !== undefined) new GroupCalm(chaos, chaos.projecting).planned();
  chaos.setSpec({ mode: 'Apply' });
  await chaos.world.nextCycle(chaos.configurationName);
  await chaos.world.run(settledMs);
}

/** A second cycle over an unchanged world writes nothing to a tenant, and one status (I7). */
async function checkQuiet({ world, configurationName, projecting }: ChaosWorld): Promise<void> {
  const tenantWrites = (): readonly string[] =>
    [world.spoke, world.hub].flatMap(({ log }) => log.writes()).map(({ operation, body }) => `${operation} ${body ?? ''}`);
  await world.nextCycle(configurationName);
  for (let tries = 1; tries <= 3; tries += 1) {
    const before = tenantWrites();
    world.kube.clearRequests();
    await world.nextCycle(configurationName);
    const further = tenantWrites();
    if (further.length !== before.length) throw new Violation(`I7 a cycle without changes wrote to a tenant: ${further.at(-1) ?? ''}`);
    const written = world.kube.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('/leases'));
    // Whoever is in conflict is looked at again at a time of its own: then the cycle had something to do.
    const records = [...world.projections(), ...(projecting?.records() ?? [])];
    const waiting = records.flatMap(({ metadata, status }) => (status.nextAttemptAt === undefined ? [] : [metadata.name]));
    if (written.some(({ path }) => waiting.some((name) => path.includes(name)))) continue;
    // The source has told of something once more.
    if (written.some(({ path }) => path.includes('/configmaps/tenantsync-links-'))) continue;
    if (written.length === 1) return;
    const lines = written.map(({ method, path, body }) => `${method} ${path} ${body ?? ''}`);
    throw new Violation(`I7 a cycle without changes wrote to Kubernetes:\n${lines.join('\n')}`);
  }
}
