import { annotations } from '../../../../src/api/kinds.ts';
import { byWhom, deciderOf, type Decider } from '../../../../src/core/guard/decider.ts';

const written = (name: string) => ({ 'f:metadata': { 'f:annotations': { [`f:${name}`]: {} } } });
const managedFields = [
  { manager: 'kubectl-annotate', fieldsV1: written(annotations.approveDeletions) },
  { manager: 'tenantsync', fieldsV1: { 'f:status': {} } },
  { manager: 'somebody' },
];
const named = (name: string) => ({ annotations: { [annotations.decidedBy]: name }, managedFields });

describe('F2 who decided about a staged set', () => {
  it.each<readonly [string, Parameters<typeof deciderOf>, Decider]>([
    ['is who says so, where a policy holds the name', [named('jo@contoso.com'), 'Verified'], { by: 'jo@contoso.com', verified: true }],
    ['is who says so, unverified without a policy', [named('jo@contoso.com'), 'Unverified'], { by: 'jo@contoso.com', verified: false }],
    ['is the field manager where nobody says so', [{ managedFields }, 'Verified'], { by: 'kubectl-annotate', verified: false }],
    ['is the field manager where an empty name stands', [named(''), 'Verified'], { by: 'kubectl-annotate', verified: false }],
    ['is nobody known where nothing tells', [{}, 'Verified'], { verified: false }],
    ['fits into status', [named(`${'a'.repeat(255)}\u{1F600}`), 'Verified'], { by: `${'a'.repeat(255)}\uFFFD`, verified: true }],
  ])('%s', (_, given, expected) => {
    expect(deciderOf(...given)).toEqual(expected);
  });

  it('is told with how sure it is', () => {
    expect(byWhom({ by: 'jo', verified: true })).toBe(' by jo');
    expect(byWhom({ by: 'jo', verified: false })).toBe(' by jo (unverified)');
    expect(byWhom({ verified: false })).toBe('');
  });
});
