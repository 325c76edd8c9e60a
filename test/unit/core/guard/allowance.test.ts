import { allowanceFor, type BlockedAccount, type Harm } from '../../../../src/core/guard/allowance.ts';
import type { UnsealedSpec } from '../../../../src/core/projection/sealed-spec.ts';
import { recordWith } from '../support.ts';

const at = '2026-01-01T00:00:00Z';
const blocked: Partial<UnsealedSpec> = { attributes: { accountEnabled: false } };
const removal: Partial<UnsealedSpec> = { lifecycle: 'Removed', removal: { reason: 'Unassigned', action: 'SoftDelete' } };
const used = (blockVerdict: string) => ({ targetUser: { objectId: 'account', blockVerdict } });
const notJudged = { type: 'NotJudged' };
const passed = { type: 'Allowed', verdict: `passed ${at}` };
const approved = { type: 'Allowed', verdict: 'approved t' };

describe('I3 what may be taken from a person', () => {
  it.each<[string, Harm, Partial<UnsealedSpec>, object, object]>([
    ['a removal that nobody judged', 'Delete', removal, {}, notJudged],
    ['a removal that passed', 'Delete', { ...removal, guardedAt: at }, {}, passed],
    ['a removal that was approved', 'Delete', { ...removal, approvedToken: 't', approvedBy: 'ana' }, {}, approved],
    ['a removal that was approved by nobody knows whom', 'Delete', { ...removal, approvedToken: 't' }, {}, approved],
    ['a removal that a plan has held', 'Delete', { ...removal, evidence: 'e' }, {}, notJudged],
    ['a staged removal', 'Delete', { ...removal, lifecycle: 'RemovalStaged', evidence: 'e' }, {}, notJudged],
    [
      'a block in place of a removal that passed',
      'Block',
      { ...removal, removal: { reason: 'Unassigned', action: 'Block' }, guardedAt: at },
      {},
      passed,
    ],
    ['a block in place of a removal that nobody judged', 'Block', removal, {}, notJudged],
    ['a deletion of one who is to be present', 'Delete', { guardedAt: at }, {}, notJudged],
    ['a block that nobody judged', 'Block', blocked, {}, notJudged],
    ['a block that passed', 'Block', { ...blocked, guardedAt: at }, {}, passed],
    ['a block that was approved', 'Block', { ...blocked, approvedToken: 't' }, {}, approved],
    ['a block that passed and was carried out', 'Block', { ...blocked, guardedAt: at }, used(`passed ${at}`), notJudged],
    ['a block that passed after another was carried out', 'Block', { ...blocked, guardedAt: at }, used('passed before'), passed],
    ['a block that is approved after one that passed', 'Block', { ...blocked, approvedToken: 't' }, used(`passed ${at}`), approved],
    ['a block that the record does not say', 'Block', { guardedAt: at }, {}, notJudged],
    ['a staged block', 'Block', { blockStaged: true, evidence: 'e' }, {}, notJudged],
    ['a rejected block', 'Block', { rejected: true, evidence: 'e' }, {}, notJudged],
    ['a rejected block that passed once', 'Block', { ...blocked, rejected: true, evidence: 'e', guardedAt: at }, {}, notJudged],
    ['a removal under a verdict that a block was carried out under', 'Delete', { ...removal, guardedAt: at }, used(`passed ${at}`), passed],
  ])('%s', (_, harm, spec, status, expected) => {
    expect(allowanceFor(recordWith({ spec, status }), harm, 'InUse')).toEqual(expected);
  });

  it.each<[Harm, BlockedAccount, string]>([
    ['Block', 'JustCreated', 'Exempt'],
    ['Block', 'JustRestored', 'Exempt'],
    ['Block', 'InUse', 'NotJudged'],
    ['Delete', 'JustCreated', 'NotJudged'],
    ['Delete', 'JustRestored', 'NotJudged'],
  ])('a %s of an account that is %s: %s', (harm, account, expected) => {
    expect(allowanceFor(recordWith({ spec: harm === 'Delete' ? removal : blocked }), harm, account).type).toBe(expected);
  });
});
