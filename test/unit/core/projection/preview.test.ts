import { apiVersion, type SyncConfiguration } from '../../../../src/api/kinds.ts';
import {
  asIfLive,
  asWorkedWith,
  factsCompared,
  isPreview,
  liveName,
  previewProblem,
  previewSpec,
} from '../../../../src/core/projection/preview.ts';
import { trustedSpec, sealSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { recordWith, specWith } from '../support.ts';

const configuration = (name: string, spec: object = {}, metadata: object = {}): SyncConfiguration =>
  ({
    apiVersion,
    kind: 'SyncConfiguration',
    metadata: { name, namespace: 'identity', ...metadata },
    spec: { tenantPairRef: { name: 'pair' }, mode: 'Apply', ...spec },
    status: {},
  }) as unknown as SyncConfiguration;
const next = configuration('next', { previewOf: { name: 'staff' } });

describe('G8 a preview', () => {
  it('is in Plan whatever its manifest says, and nothing else is', () => {
    expect(asWorkedWith(next).spec.mode).toBe('Plan');
    const live = configuration('staff');
    expect(asWorkedWith(live)).toBe(live);
    expect(next.spec.mode).toBe('Apply');
  });

  it.each<[string, SyncConfiguration, SyncConfiguration | undefined, string | undefined]>([
    ['of a configuration of its pair is one', next, configuration('staff'), undefined],
    ['of itself is none', configuration('next', { previewOf: { name: 'next' } }), next, 'InvalidPreview'],
    ['of a preview is none', next, configuration('staff', { previewOf: { name: 'other' } }), 'InvalidPreview'],
    ['of another pair is none', next, configuration('staff', { tenantPairRef: { name: 'else' } }), 'InvalidPreview'],
    ['of nothing waits', next, undefined, 'PreviewedConfigurationNotFound'],
    ['of what is being deleted waits', next, configuration('staff', {}, { deletionTimestamp: 'now' }), 'PreviewedConfigurationNotFound'],
    ['is not asked for of any other configuration', configuration('staff'), undefined, undefined],
  ])('%s', (_, preview, live, reason) => {
    expect(previewProblem(preview, live)?.reason).toBe(reason);
  });

  const of = { name: 'next', of: 'staff' };

  it('says what a record would say, in Plan, of its own configuration, with nothing staged', () => {
    const spec = previewSpec(specWith({ blockStaged: true, evidence: 'e', attributes: { accountEnabled: true } }), of);
    expect(spec).toMatchObject({
      mode: 'Plan',
      syncConfigurationRef: { name: 'next' },
      previewOf: { name: 'staff' },
      rejected: true,
      evidence: 'e',
    });
    expect(spec).not.toHaveProperty('blockStaged');
    const removed = previewSpec(
      specWith({ lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'Block' }, guardedAt: 'then' }),
      of,
    );
    expect(removed).toMatchObject({ lifecycle: 'Removed', removal: { action: 'Block' }, guardedAt: 'then' });
  });

  const record = () => {
    const spec = sealSpec(previewSpec(specWith(), of));
    return {
      ...recordWith({ metadata: { name: 'next-u', uid: 'own' } }),
      spec,
      status: { state: 'Planned', observedGeneration: 1 } as const,
    };
  };

  it('stands as the live record does, or as one that is made now', () => {
    const live = recordWith({ status: { state: 'Provisioned' } });
    const seen = asIfLive(record(), live, 'now');
    expect(seen).toMatchObject({ metadata: { uid: live.metadata.uid }, status: live.status, spec: { previewOf: { name: 'staff' } } });
    expect(asIfLive(record(), undefined, 'now')).toMatchObject({
      metadata: { uid: 'own', creationTimestamp: 'now', name: liveName(record()) ?? '' },
      status: { state: 'Pending' },
    });
  });

  it('rests on what is known of the account, and on nothing that is only told', () => {
    const live = recordWith();
    const told = { ...live, status: { ...live.status, history: [], warnings: [], attempts: 3 } };
    expect(factsCompared(told)).toBe(factsCompared(live));
    expect(factsCompared({ ...live, status: { ...live.status, lastWriteAt: 'later' } })).not.toBe(factsCompared(live));
    expect(factsCompared(undefined)).not.toBe(factsCompared(live));
  });

  it('is one also when somebody has written into its record', () => {
    const own = record();
    expect(isPreview(own)).toBe(true);
    expect(isPreview(recordWith())).toBe(false);
    const tampered = { ...own.spec, attributes: { jobTitle: 'Boss' } };
    expect(trustedSpec(tampered)).toMatchObject({ previewOf: { name: 'staff' } });
  });
});
