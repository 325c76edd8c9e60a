import { previewName } from './chaos-features.ts';
import { projected, type ChaosGroups } from './chaos-groups.ts';
import type { ChaosOptions } from './chaos-schedule.ts';
import { minute } from './chaos-tenants.ts';
import { describe, describeConfiguration, Violation } from './chaos-violation.ts';
import type { ChaosWorld } from './chaos-world.ts';

type Closing = NonNullable<ChaosOptions['closing']>;

/** What is tried when everybody is where they belong, and nothing else happens. */
export async function close(chaos: ChaosWorld, closing: Closing): Promise<void> {
  await { drift: closeWithDrift, preview: closeWithPreview, requests: closeWithRequests }[closing](chaos);
}

function tenantWrites({ world }: ChaosWorld): number {
  return world.hub.log.writes().length + world.spoke.log.writes().length;
}

/** Report writes to no tenant, and says what differs; Correct sets it back (E11). */
async function closeWithDrift(chaos: ChaosWorld): Promise<void> {
  const { world, features, projecting } = chaos;
  if (projecting !== undefined) await closeWithGroupDrift(chaos, projecting);
  const linked = chaos.people.find((person) => {
    const projection = chaos.projection(person);
    return (
      projection?.status.state === 'Provisioned' && projection.spec.rejected !== true && projection.spec.attributes?.jobTitle !== undefined
    );
  });
  const account = linked && world.spoke.user(chaos.projection(linked)?.status.targetUser?.objectId ?? '');
  if (!linked || !account) return;
  // What was changed before is set back first.
  features.drift('Correct');
  await world.run(10 * minute);
  features.drift('Report');
  await world.run(5 * minute);
  const before = tenantWrites(chaos);
  const jobTitle = chaos.projection(linked)?.spec.attributes?.jobTitle;
  world.spoke.updateUser(account.id, { jobTitle: 'Drifted' });
  await world.run(10 * minute);
  if (tenantWrites(chaos) !== before) throw new Violation('E11 Report writes to a tenant');
  const told = (): boolean => chaos.projection(linked)?.status.drift?.some(({ attribute }) => attribute === 'jobTitle') === true;
  if (!told())
    throw new Violation(`E11 drift is not reported: ${describe(chaos.projection(linked))} ${describeConfiguration(chaos.configuration())}`);
  features.drift('Correct');
  await world.run(10 * minute);
  if (told() || world.spoke.user(account.id)?.properties.jobTitle !== jobTitle)
    throw new Violation(`E11 drift is not set back: ${describe(chaos.projection(linked))} ${describeConfiguration(chaos.configuration())}`);
}

/** The same of the name of a group. */
async function closeWithGroupDrift(chaos: ChaosWorld, groups: ChaosGroups): Promise<void> {
  const { world, features } = chaos;
  const isNamed = (place: number): boolean => {
    const record = groups.record(place);
    const isIdle = record?.status.state === 'Provisioned' && record.status.warnings === undefined;
    return isIdle && groups.target(place)?.displayName === chaos.group(place)?.displayName;
  };
  const place = projected.find(isNamed);
  if (place === undefined) return;
  features.drift('Report');
  await world.run(5 * minute);
  const before = tenantWrites(chaos);
  groups.renameTarget(place);
  await world.run(10 * minute);
  const failed = (what: string): Violation =>
    new Violation(
      `E11 drift of a group ${what}: ${JSON.stringify(groups.record(place)?.status)} ${describeConfiguration(chaos.configuration())}`,
    );
  if (tenantWrites(chaos) !== before) throw failed('is set back although it is only to be reported');
  const told = (): boolean => groups.record(place)?.status.drift?.some(({ attribute }) => attribute === 'displayName') === true;
  if (!told()) throw failed('is not reported');
  features.drift('Correct');
  await world.run(10 * minute);
  if (told() || !isNamed(place)) throw failed('is not set back');
}

/** A preview writes to no tenant and to no record but its own, nor does its end (G8). */
async function closeWithPreview(chaos: ChaosWorld): Promise<void> {
  const { world, features } = chaos;
  await world.run(5 * minute);
  // Whoever is in conflict is looked at again at a time of its own.
  const untouched = (): string =>
    JSON.stringify([
      tenantWrites(chaos),
      world.projections().flatMap(({ metadata, spec, status }) => {
        const isOwn = spec.previewOf !== undefined || status.nextAttemptAt !== undefined;
        return isOwn ? [] : [[metadata.name, metadata.resourceVersion]];
      }),
      chaos.projecting
        ?.records()
        .flatMap(({ metadata, status }) => (status.nextAttemptAt === undefined ? [[metadata.name, metadata.resourceVersion]] : [])),
    ]);
  const before = untouched();
  const few = chaos.options.seed % 2 === 0;
  features.preview({ scope: few ? 'Few' : 'All', action: few ? 'SoftDelete' : 'Block', title: true, strategy: 'AddressListOnly' });
  await world.run(6 * minute);
  const { lastCycle } = world.configuration('next').status;
  if (lastCycle?.planned === undefined)
    throw new Violation(`G8 a preview says nothing: ${describeConfiguration(world.configuration('next'))}`);
  checkGroupPlans(chaos, few);
  features.dropPreview();
  await world.run(6 * minute);
  const left = world.projections().find(({ spec }) => spec.previewOf !== undefined);
  if (left) throw new Violation(`G8 a record of a preview outlives it: ${describe(left)}`);
  const group = chaos.projecting?.allRecords().find(({ spec }) => spec.syncConfigurationRef.name === previewName);
  if (group) throw new Violation(`G8 the record of a group of a preview outlives it: ${JSON.stringify(group)}`);
  if (untouched() !== before) throw new Violation(`G8 a preview touched what is not its own: ${before} ${untouched()}`);
}

/** A preview with groups says of each group that it selects what would be done: where all is done, nothing about its names, and nobody is put in twice. */
function checkGroupPlans({ projecting, groups }: ChaosWorld, few: boolean): void {
  if (projecting?.options.previews !== true) return;
  for (const place of few ? [1] : projected) {
    const id = groups[place]?.id ?? '';
    const own = projecting.record(place)?.status.state;
    const record = projecting
      .allRecords()
      .find(({ spec }) => spec.syncConfigurationRef.name === previewName && spec.source.objectId.toLowerCase() === id.toLowerCase());
    const { operation, attributes = [] } = record?.status.plan ?? {};
    const isSaid = own !== 'Provisioned' || (operation !== undefined && operation !== 'Create' && attributes.length === 0);
    if (!isSaid) throw new Violation(`G8 a preview of group ${place} says what is done already: ${JSON.stringify(record)}`);
  }
}

/** Requests are answered, and where everybody is where they belong they write nothing to a tenant (E4). */
async function closeWithRequests(chaos: ChaosWorld): Promise<void> {
  const { world } = chaos;
  await world.run(5 * minute);
  const before = tenantWrites(chaos);
  const names = chaos.people.slice(0, 20).map(({ id }) => id);
  for (const what of ['explain', 'provision'] as const) {
    chaos.annotate(`${what}-users`, `closing:${names.join()}`);
    const answer = () => {
      const { lastHandledExplainUsers, lastHandledProvisionUsers } = chaos.configuration().status;
      return what === 'explain' ? lastHandledExplainUsers : lastHandledProvisionUsers;
    };
    const answered = await world.clock.advanceUntil(() => answer()?.token === 'closing', minute);
    if (!answered || answer()?.results?.length !== names.length)
      throw new Violation(`E4 a request is not answered: ${describeConfiguration(chaos.configuration())}`);
    if (tenantWrites(chaos) !== before) throw new Violation(`E4 ${what}-users writes to a tenant: ${JSON.stringify(answer())}`);
  }
}
