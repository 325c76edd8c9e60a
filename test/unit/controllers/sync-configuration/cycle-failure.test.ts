import { cycleFailure } from '../../../../src/controllers/sync-configuration/cycle-failure.ts';
import { KubeError, type KubeFailureKind } from '../../../../src/ports/resources.ts';

const patch = { verb: 'patch', resource: 'userprojections' };
const failureOf = (kind: KubeFailureKind, message: string, status: number, request?: typeof patch): string | undefined => {
  const error = new KubeError(kind, message, { status });
  error.request = request;
  return cycleFailure(error, [])?.message;
};
const nothingLost = 'Nothing is deleted; the cycle is repeated.';

describe('I8 what a cycle that the cluster did not let through says', () => {
  it('names the request, and the words of whoever forbids it', () => {
    const words = "ValidatingAdmissionPolicy 'team-a' denied request: records need a cost centre";
    expect(failureOf('Forbidden', words, 403, patch)).toBe(
      `The cluster refused the operator's request to patch userprojections (403 Forbidden): ${words}. ${nothingLost}`,
    );
  });

  it('shows no words that may quote what is in an object', () => {
    expect(failureOf('Invalid', 'spec.attributes.displayName: Invalid value: "Ana": no', 422, patch)).toBe(
      `The cluster refused the operator's request to patch userprojections (422 Invalid). ${nothingLost}`,
    );
  });

  it('says as much as is known of one without an answer, and bounds what it is told', () => {
    expect(failureOf('Unavailable', 'no answer', 0)).toBe(
      `The cluster did not serve a request of the operator (Unavailable). ${nothingLost}`,
    );
    expect(failureOf('Forbidden', 'x'.repeat(10_000), 403, patch)?.length).toBeLessThan(700);
  });
});
