import { FakeGroups } from '../../../support/fake-groups.ts';
import { refusal } from '../../../support/fake-target.ts';
import { targetPermissions } from '../../../support/permissions.ts';
import { groupsSpec } from '../group-cycles.ts';
import { groupRecordWith } from '../group-projection/support.ts';
import { Tenants } from './tenants.ts';

const record = groupRecordWith();
const itself = `group identity/${record.metadata.name}`;

/** A pair between whose tenants a group is projected, and what its target says of groups. */
function pairWithGroups(): { readonly tenants: Tenants; readonly target: FakeGroups } {
  const target = new FakeGroups();
  const tenants = new Tenants({ configuration: { groups: groupsSpec() }, directories: { groups: () => target.directory } });
  tenants.targetAnswers = { grantedPermissions: () => Promise.resolve([...targetPermissions, 'Group.ReadWrite.All']) };
  tenants.site.groups.put(record);
  return { tenants, target };
}

describe('G3 the consent of the target to groups, at a check of the pair', () => {
  it.each([
    [true, 'Allowed'],
    [false, 'NotAllowed'],
    [null, 'NotAllowed'],
    [undefined, 'Unknown'],
  ] as const)('G3 that is %s is shown as %s, and people are not concerned', async (allowed, shown) => {
    const { tenants, target } = pairWithGroups();
    target.allowed = allowed;
    await tenants.check();
    expect(tenants.pair.status.access?.groupSync).toBe(shown);
    expect(tenants.session?.groupAccess).toEqual({ allowed, checkedAt: tenants.site.clock.monotonic() });
    expect(tenants.session?.verdict.ready).toBe(true);
  });

  it('G3 that has changed has the groups looked at, and only then', async () => {
    const { tenants, target } = pairWithGroups();
    await tenants.check();
    tenants.site.enqueued.length = 0;
    await tenants.check();
    expect(tenants.site.enqueued).toEqual([]);
    target.allowed = false;
    await tenants.check();
    expect(tenants.site.enqueued).toContain(itself);
    expect(tenants.site.deps.groupMemory.isLookRequested(`identity/${record.metadata.name}`)).toBe(true);
  });

  it('G3 is not asked for where no groups are projected', async () => {
    const target = new FakeGroups();
    const tenants = new Tenants({ directories: { groups: () => target.directory } });
    await tenants.check();
    expect(target.reads).toEqual([]);
    expect(tenants.pair.status.access?.groupSync).toBeUndefined();
  });

  it('G3 that could not be read says nothing new', async () => {
    const { tenants, target } = pairWithGroups();
    await tenants.check();
    target.fail('groupSyncAllowed', refusal('Forbidden'));
    await tenants.check();
    expect(tenants.session?.groupAccess?.allowed).toBe(true);
  });
});
