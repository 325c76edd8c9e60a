import { changesOf } from '../../../../src/core/lifecycle/changes.ts';
import { guest } from '../support.ts';

const none = { type: 'None' } as const;

describe('E10 the changes of a plan', () => {
  it('name each attribute with its value and the wanted one, in order', () => {
    const account = guest('a', {
      accountEnabled: true,
      managerId: 'm1',
      attributes: { jobTitle: 'Clerk', city: 'Bonn', businessPhones: ['1', '2'] },
    });
    const patch = { jobTitle: 'Chief', accountEnabled: false, city: null, businessPhones: ['3'], showInAddressList: true };
    expect(changesOf({ patch, manager: { type: 'Set', managerId: 'm2' } }, account)).toEqual([
      { attribute: 'accountEnabled', from: 'true', to: 'false' },
      { attribute: 'businessPhones', from: '1', to: '3' },
      { attribute: 'city', from: 'Bonn' },
      { attribute: 'jobTitle', from: 'Clerk', to: 'Chief' },
      { attribute: 'manager', from: 'm1', to: 'm2' },
      // What cannot be read back has no value to be compared with.
      { attribute: 'showInAddressList', to: 'true' },
    ]);
    expect(changesOf({ patch: {}, manager: { type: 'Clear' } }, account)).toEqual([{ attribute: 'manager', from: 'm1' }]);
    expect(changesOf({ patch: {}, manager: none }, account)).toEqual([]);
  });

  it('of an account that is yet to be made have no former value', () => {
    expect(changesOf({ patch: { jobTitle: 'Chief' }, manager: none }, undefined)).toEqual([{ attribute: 'jobTitle', to: 'Chief' }]);
  });

  it('have values of at most 256 characters, never half of one', () => {
    const [change] = changesOf({ patch: { jobTitle: `${'x'.repeat(252)}😀${'y'.repeat(50)}` }, manager: none }, undefined);
    expect(change?.to).toHaveLength(256);
    expect(change?.to?.isWellFormed()).toBe(true);
    const [whole] = changesOf({ patch: { jobTitle: 'x'.repeat(256) }, manager: none }, undefined);
    expect(whole?.to).toBe('x'.repeat(256));
  });
});
