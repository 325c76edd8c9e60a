import type { TenantPair, UserProjection } from '../../../../src/api/kinds.ts';
import { claimOwner, isOfPair, managerKey, personKey } from '../../../../src/core/projection/claims.ts';
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

  it('are the same in whatever order the records come', () => {
    const all = [older, newer, projection('c', '2026-01-03T00:00:00Z'), projection('d', '2026-01-04T00:00:00Z')];
    for (const first of all) expect(claimOwner([first, ...all.filter((other) => other !== first).reverse()])).toBe(older);
    for (const [index] of all.entries()) expect(claimOwner([...all.slice(index), ...all.slice(0, index)])).toBe(older);
  });

  it('go by namespace before name', () => {
    const elsewhere = { ...older, metadata: { ...older.metadata, namespace: 'a', name: 'z' } };
    expect(claimOwner([older, elsewhere])).toBe(elsewhere);
  });

  it('are by person and target, whatever the case of ids', () => {
    const upper = { ...older.spec, source: { ...older.spec.source, objectId: sourceObjectId.toUpperCase() } };
    expect(personKey(upper)).toBe(personKey(older.spec));
  });
});

describe('I15 the tenants of a record', () => {
  const pair = (source: string, target: string) =>
    ({ spec: { source: { tenantId: source }, target: { tenantId: target } } }) as unknown as TenantPair;
  const target = spec.target.tenantId;

  it.each<[string, TenantPair, boolean]>([
    ['are those of its pair', pair(sourceTenantId, target), true],
    ['are those of its pair, whatever the case', pair(sourceTenantId.toUpperCase(), target.toUpperCase()), true],
    ['are not those of a pair with another source', pair(target, target), false],
    ['are not those of a pair with another target', pair(sourceTenantId, sourceTenantId), false],
    ['are not those of the opposite pair', pair(target, sourceTenantId), false],
  ])('%s', (_, given, expected) => expect(isOfPair(sealSpec(spec), given)).toBe(expected));

  it('are where its manager is looked for', () => {
    expect(managerKey(sealSpec(spec))).toBeUndefined();
    const wanted = sealSpec({ ...spec, manager: { sourceObjectId: 'BOSS' } });
    expect(managerKey(wanted)).toBe(personKey({ ...wanted, source: { ...wanted.source, objectId: 'boss' } }));
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
