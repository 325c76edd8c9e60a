import type { SyncConfigurationSpec, UserProjectionStatus } from '../../../../src/api/generated.ts';
import {
  actionNow,
  keptBy,
  removalAction,
  type RemovalAction,
  type RemovalPolicy,
  type RemovalReason,
} from '../../../../src/core/lifecycle/removal-policy.ts';
import type { Limits } from '../../../../src/core/limits/limits.ts';
import { isLive } from '../../../../src/core/projection/account.ts';

type Deprovisioning = SyncConfigurationSpec['deprovisioning'];

const configuration = (
  deprovisioning: Partial<Deprovisioning> = {},
  targetActions: SyncConfigurationSpec['targetActions'] = ['Create', 'Update', 'Delete'],
  limits?: Limits,
): RemovalPolicy => ({
  targetActions,
  limits,
  deprovisioning: {
    action: 'SoftDelete',
    disabledUsers: 'Retain',
    adoptedUsers: 'SoftDelete',
    onConfigurationDeletion: 'Deprovision',
    ...deprovisioning,
  } as Deprovisioning,
});
const projection = (status: Partial<UserProjectionStatus>) => ({
  status: { observedGeneration: 1, state: 'Provisioned' as const, ...status },
});

describe('what a removal does', () => {
  it.each<[string, Partial<Deprovisioning>, RemovalReason, Partial<UserProjectionStatus>, string]>([
    ['A3 deletes', {}, 'Unassigned', {}, 'SoftDelete'],
    ['blocks where that is asked for', { action: 'Block' }, 'FilteredOut', {}, 'Block'],
    ['A5 retains who was blocked before and is then unassigned', {}, 'Unassigned', { state: 'Blocked' }, 'Retain'],
    ['A5 deletes who was blocked before and is then deleted', {}, 'Deleted', { state: 'Blocked' }, 'SoftDelete'],
    ['A5 deletes who was blocked before and then fails a filter', {}, 'FilteredOut', { state: 'Blocked' }, 'SoftDelete'],
    ['A5 deletes the disabled where that is asked for', { disabledUsers: 'SoftDelete' }, 'Unassigned', { state: 'Blocked' }, 'SoftDelete'],
    ['D4 deletes the adopted', {}, 'Deleted', { targetUser: { objectId: 'x', origin: 'Adopted' } }, 'SoftDelete'],
    [
      'D4 retains the adopted where that is asked for',
      { adoptedUsers: 'Retain' },
      'Deleted',
      { targetUser: { objectId: 'x', origin: 'Adopted' } },
      'Retain',
    ],
    [
      'D4 deletes the created all the same',
      { adoptedUsers: 'Retain' },
      'Deleted',
      { targetUser: { objectId: 'x', origin: 'Created' } },
      'SoftDelete',
    ],
  ])('%s', (_, deprovisioning, reason, status, expected) => {
    expect(removalAction(configuration(deprovisioning), projection(status), reason)).toBe(expected);
  });

  it.each<[RemovalReason, RemovalAction]>([
    ['ConfigurationDeleted', 'Retain'],
    ['Deleted', 'SoftDelete'],
  ])('A10 %s: %s, where the people stay when their configuration goes', (reason, action) => {
    const policy = configuration({ onConfigurationDeletion: 'Retain' });
    expect(removalAction(policy, projection({}), reason)).toBe(action);
    expect(actionNow(policy, projection({}), { reason, action: 'SoftDelete' })).toBe(action);
    expect(actionNow(policy, projection({}), { reason, action: 'Block' })).toBe(action === 'Retain' ? 'Retain' : 'Block');
  });

  it('retains everybody where deletions are not among the target actions', () => {
    expect(removalAction(configuration({}, ['Create', 'Update']), projection({}), 'Deleted')).toBe('Retain');
  });
});

describe('B11 a limit of the pair above the configuration', () => {
  const withLimits = (limits: Limits, deprovisioning: Partial<Deprovisioning> = {}): RemovalPolicy =>
    configuration(deprovisioning, ['Create', 'Update', 'Delete'], limits);
  const noDeletion: Limits = { allowDelete: false };
  const linked = (more: object = {}) => projection({ targetUser: { objectId: 'x', userPrincipalName: 'Ana@Fabrikam.com', ...more } });

  it.each<[string, RemovalPolicy, ReturnType<typeof projection>, RemovalAction, string | undefined]>([
    ['no deletion: the account is let go', withLimits(noDeletion), linked(), 'Retain', 'allowDelete'],
    ['no deletion: a block stays a block', withLimits(noDeletion, { action: 'Block' }), linked(), 'Block', undefined],
    ['no deletion: who is let go anyhow is not kept by it', withLimits(noDeletion, { action: 'Retain' }), linked(), 'Retain', undefined],
    ['deletions allowed', withLimits({ allowDelete: true, maxUsers: 1 }), linked(), 'SoftDelete', undefined],
    [
      'an account excluded by its id',
      withLimits({ allowDelete: true, excludedTargetUsers: ['X'] }),
      linked(),
      'Retain',
      'excludedTargetUsers',
    ],
    [
      'an account excluded by its name, from a block too',
      withLimits({ allowDelete: true, excludedTargetUsers: ['ana@fabrikam.com'] }, { action: 'Block' }),
      linked(),
      'Retain',
      'excludedTargetUsers',
    ],
  ])('%s', (_, policy, record, action, limit) => {
    expect(removalAction(policy, record, 'Unassigned')).toBe(action);
    expect(keptBy(policy, record, 'Unassigned')).toBe(limit);
    expect(actionNow(policy, record, { reason: 'Unassigned', action: policy.deprovisioning.action })).toBe(action);
  });

  it('A5 does not count where a user was blocked before and is let go for that', () => {
    const blocked = projection({ state: 'Blocked', targetUser: { objectId: 'x' } });
    expect(keptBy(withLimits(noDeletion), blocked, 'Unassigned')).toBeUndefined();
    expect(keptBy(withLimits(noDeletion), blocked, 'Deleted')).toBe('allowDelete');
  });
});

describe('who counts as live', () => {
  it.each<[Partial<UserProjectionStatus>, boolean]>([
    [{ state: 'Pending' }, true],
    [{ state: 'Provisioned', targetUser: { objectId: 'x' } }, true],
    [{ state: 'Conflict', targetUser: { objectId: 'x' } }, true],
    [{ state: 'Failed', intent: { operation: 'Create', at: '' } }, true],
    [{ state: 'Failed' }, false],
    [{ state: 'Skipped' }, false],
    [{ state: 'SoftDeleted', targetUser: { objectId: 'x' } }, false],
    [{ state: 'Purged', targetUser: { objectId: 'x' } }, false],
    [{ state: 'Retained', targetUser: { objectId: 'x' } }, false],
  ])('%j: %s', (status, expected) => {
    expect(isLive(projection(status))).toBe(expected);
  });
});

describe('I11 what is done about a removal that was decided before', () => {
  const unassigned = (action: RemovalAction) => ({ reason: 'Unassigned', action }) as const;
  it.each<[RemovalAction, Partial<Deprovisioning>, RemovalAction]>([
    ['SoftDelete', {}, 'SoftDelete'],
    ['SoftDelete', { action: 'Block' }, 'Block'],
    ['SoftDelete', { action: 'Retain' }, 'Retain'],
    ['Block', {}, 'Block'],
    ['Block', { action: 'Block' }, 'Block'],
    ['Block', { action: 'Retain' }, 'Retain'],
    ['Retain', {}, 'Retain'],
    ['Retain', { action: 'Block' }, 'Retain'],
  ])('is the softer of what was decided (%s) and what is asked for now (%j): %s', (decided, now, done) => {
    expect(actionNow(configuration(now), projection({}), unassigned(decided))).toBe(done);
  });

  it('is nothing when the accounts may not be deleted any more, or an adopted one is to stay', () => {
    const adopted = projection({ targetUser: { objectId: 'x', origin: 'Adopted' } });
    expect(actionNow(configuration({}, ['Create', 'Update']), projection({}), unassigned('SoftDelete'))).toBe('Retain');
    expect(actionNow(configuration({ adoptedUsers: 'Retain' }), adopted, unassigned('Block'))).toBe('Retain');
  });

  it.each<[string, RemovalReason, RemovalAction, Partial<Deprovisioning>, RemovalAction]>([
    ['stays, where that is asked for since', 'Unassigned', 'SoftDelete', {}, 'Retain'],
    ['is deleted, where that is still asked for', 'Unassigned', 'SoftDelete', { disabledUsers: 'SoftDelete' }, 'SoftDelete'],
    ['is deleted with the person', 'Deleted', 'SoftDelete', {}, 'SoftDelete'],
    ['stays blocked by the removal that has blocked it', 'Unassigned', 'Block', {}, 'Block'],
    ['stays blocked, where blocks are asked for since', 'Unassigned', 'SoftDelete', { action: 'Block' }, 'Block'],
  ])('an account that is blocked %s', (_, reason, action, now, done) => {
    expect(actionNow(configuration(now), projection({ state: 'Blocked' }), { reason, action })).toBe(done);
  });

  const actions: readonly RemovalAction[] = ['Retain', 'Block', 'SoftDelete'];
  const policies = actions.flatMap((action) =>
    (['Retain', 'SoftDelete'] as const).flatMap((disabledUsers) =>
      (['Retain', 'SoftDelete'] as const).flatMap((adoptedUsers) =>
        (['Retain', 'Deprovision'] as const).flatMap((onConfigurationDeletion) =>
          [undefined, { allowDelete: false }, { allowDelete: true, excludedTargetUsers: ['x'] }].flatMap((limits) =>
            [['Create', 'Delete'] as const, ['Create'] as const].map((targetActions) =>
              configuration({ action, disabledUsers, adoptedUsers, onConfigurationDeletion }, [...targetActions], limits),
            ),
          ),
        ),
      ),
    ),
  );
  const records = (['Created', 'Adopted'] as const).flatMap((origin) =>
    (['Provisioned', 'Blocked'] as const).map((state) => projection({ state, targetUser: { objectId: 'x', origin } })),
  );

  it.each(['Unassigned', 'FilteredOut', 'Deleted', 'ConfigurationDeleted'] as const)(
    'never deletes by what was decided whom nothing would delete by what is asked for now: %s',
    (reason) => {
      for (const policy of policies)
        for (const record of records) {
          const wanted = removalAction(policy, record, reason);
          for (const action of actions) {
            const deletes = action === 'SoftDelete' && wanted === 'SoftDelete';
            expect(actionNow(policy, record, { reason, action }) === 'SoftDelete').toBe(deletes);
          }
        }
    },
  );
});
