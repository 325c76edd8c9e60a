import { believedSpec, isUntampered, sealSpec, trustedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { contentOf, harmMayBeDone, specOf, standingOf, type Standing, type Verdict } from '../../../../src/core/projection/standing.ts';
import { specWith } from '../support.ts';

describe('a spec that somebody else has written into', () => {
  const sealed = specWith({ lifecycle: 'Present', attributes: { displayName: 'Ana' } });

  it('is believed as it was sealed', () => {
    const { revision, ...whole } = sealed;
    expect(trustedSpec(sealed)).toEqual(whole);
    expect(sealSpec(whole).revision).toBe(revision);
    expect(believedSpec(sealed)).toBe(sealed);
  });

  it('is noticed although the one before was as it was sealed, and forgotten when it is again', () => {
    const forged = { ...sealed, lifecycle: 'Removed' as const };
    expect([sealed, forged, sealed, forged].map(isUntampered)).toEqual([true, false, true, false]);
    expect(believedSpec(forged)).toEqual(sealSpec(trustedSpec(forged)));
  });

  it('is believed about whom it is, and in nothing that could harm', () => {
    const forged = {
      ...sealed,
      lifecycle: 'Removed' as const,
      removal: { reason: 'Deleted', action: 'SoftDelete' } as const,
      guardedAt: '2026-01-01T00:00:00Z',
      approvedToken: 't',
    };
    expect(isUntampered(forged)).toBe(false);
    const { syncConfigurationRef, source, target, mode } = sealed;
    expect(trustedSpec(forged)).toEqual({ syncConfigurationRef, source, target, mode, lifecycle: 'Removed' });
    expect(standingOf(trustedSpec(forged))).toEqual({
      type: 'Removed',
      removal: { reason: 'Unassigned', action: 'Retain' },
      verdict: { type: 'None' },
    });
  });
});

describe('how far a decision has come', () => {
  const removal = { reason: 'Deleted', action: 'SoftDelete' } as const;
  const verdicts: readonly Verdict[] = [
    { type: 'None' },
    { type: 'Passed', at: '2026-01-01T00:00:00Z' },
    { type: 'Approved', token: 't' },
    { type: 'Approved', token: 't', by: 'ana' },
    { type: 'Planned', evidence: 'e' },
  ];
  const standings: readonly Standing[] = [
    ...verdicts.map((verdict): Standing => ({ type: 'Present', verdict })),
    ...verdicts.map((verdict): Standing => ({ type: 'Removed', removal, verdict })),
    { type: 'BlockStaged', evidence: 'e' },
    { type: 'Rejected', evidence: 'e' },
    { type: 'RemovalStaged', removal, evidence: 'e' },
  ];

  it.each(standings.map((standing) => [JSON.stringify(standing), standing] as const))('is read as it was written: %s', (_, standing) => {
    const content = contentOf(specWith({ attributes: { displayName: 'Ana' } }));
    const spec = specOf(content, standing);
    expect(standingOf(spec)).toEqual(standing);
    expect(contentOf(spec)).toEqual(content);
  });

  it('what a plan let pass is nothing outside of it', () => {
    expect(standingOf(specOf(contentOf(specWith()), { type: 'Present', verdict: { type: 'Planned' } }))).toEqual({
      type: 'Present',
      verdict: { type: 'None' },
    });
  });

  it.each<[Verdict, string | undefined]>([
    [{ type: 'None' }, undefined],
    [{ type: 'Planned' }, undefined],
    [{ type: 'Planned', evidence: 'e' }, undefined],
    [{ type: 'Passed', at: 'then' }, 'passed then'],
    [{ type: 'Approved', token: 't', by: 'ana' }, 'approved t'],
  ])('I3 under %j harm may be done as %s', (verdict, name) => expect(harmMayBeDone(verdict)).toBe(name));
});
