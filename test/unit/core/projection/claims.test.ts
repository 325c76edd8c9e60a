import type { UserProjection } from '../../../../src/api/kinds.ts';
import { claimOwner, personKey } from '../../../../src/core/projection/claims.ts';
import { isUntampered, sealSpec, type UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { sourceObjectId, sourceTenantId } from '../support.ts';

const spec: UnsealedSpec = {
  syncConfigurationRef: { name: 'staff' },
  source: { tenantId: sourceTenantId, objectId: sourceObjectId },
  target: { tenantId: '33333333-3333-4333-8333-333333333333' },
  mode: 'Apply',
  lifecycle: 'Present',
  attributes: { displayName: 'Ana' },
};

function projection(name: string, creationTimestamp: string, more: { state?: string; deletionTimestamp?: string } = {}): UserProjection {
  const { state = 'Provisioned', ...metadata } = more;
  return {
    metadata: { name, namespace: 'identity', uid: name, creationTimestamp, ...metadata },
    spec: sealSpec(spec),
    status: { observedGeneration: 1, state },
  } as unknown as UserProjection;
}

describe('B5 claims', () => {
  const older = projection('b', '2026-01-01T00:00:00Z');
  const newer = projection('a', '2026-01-02T00:00:00Z');

  it('belong to the oldest that has not let go', () => {
    expect(claimOwner([newer, older])).toBe(older);
    expect(claimOwner([newer, projection('b', '2026-01-01T00:00:00Z', { state: 'Retained' })])).toBe(newer);
    expect(claimOwner([newer, projection('b', '2026-01-01T00:00:00Z', { deletionTimestamp: '2026-01-03T00:00:00Z' })])).toBe(newer);
    expect(claimOwner([])).toBeUndefined();
  });

  it('go by name where they are of one age', () => {
    const twin = projection('c', '2026-01-01T00:00:00Z');
    expect(claimOwner([twin, older])).toBe(older);
  });

  it('are by person and target, whatever the case of ids', () => {
    const upper = { ...older.spec, source: { ...older.spec.source, objectId: sourceObjectId.toUpperCase() } };
    expect(personKey(upper)).toBe(personKey(older.spec));
  });
});

describe('the seal of a spec', () => {
  it('holds whatever the order of members, and breaks with any change', () => {
    const sealed = sealSpec(spec);
    const reordered = Object.fromEntries(Object.entries(sealed).reverse()) as unknown as typeof sealed;
    expect([isUntampered(sealed), isUntampered(reordered)]).toEqual([true, true]);
    expect(isUntampered({ ...sealed, mode: 'Plan' })).toBe(false);
    expect(isUntampered({ ...sealed, attributes: { displayName: 'Eva' } })).toBe(false);
  });
});
