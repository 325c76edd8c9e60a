import fc from 'fast-check';
import {
  believedSpec,
  isUntampered,
  sealLike,
  sealSpec,
  trustedSpec,
  type UnsealedSpec,
} from '../../../../src/core/projection/sealed-spec.ts';
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

describe('a spec that is sealed anew', () => {
  const halves = fc.string({ unit: fc.constantFrom('a', 'é', '\ud83d', '\ude00') });
  const specs: fc.Arbitrary<UnsealedSpec> = fc
    .record({
      jobTitle: fc.option(halves, { nil: undefined }),
      showInAddressList: fc.option(fc.boolean(), { nil: undefined }),
      clear: fc.option(fc.subarray(['city', 'state']), { nil: undefined }),
      sourceDisabled: fc.constantFrom(undefined, true),
    })
    .map(({ jobTitle, showInAddressList, ...rest }) => {
      const attributes = { ...(jobTitle === undefined ? {} : { jobTitle }), showInAddressList };
      return specWith({ attributes, ...rest } as Parameters<typeof specWith>[0]);
    })
    .map(trustedSpec);

  it('has the seal of what it says, whatever the record said before, and whoever wrote into that', () => {
    fc.assert(
      fc.property(specs, specs, fc.boolean(), (before, after, forged) => {
        const sealed = sealSpec(before);
        const existing = forged ? { ...sealed, lifecycle: 'Removed' as const } : sealed;
        expect(sealLike(existing, after)).toEqual(sealSpec(after));
      }),
    );
  });

  it('is the one of the record where both say the same', () => {
    const sealed = specWith({ attributes: { displayName: 'Ana' } });
    expect(sealLike(sealed, trustedSpec(sealed))).toBe(sealed);
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
