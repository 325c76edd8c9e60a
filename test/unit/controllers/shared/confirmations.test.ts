import { Confirmations, type Asked, type Confirmed } from '../../../../src/controllers/shared/confirmations.ts';

const asked = (name: string, act: Asked['act'] = 'Delete'): Asked => ({ sourceId: `source-${name}`, projectionKey: name, act });
const direct = (readAt: number, revision = 'r'): Confirmed => ({ revision, rules: 'rules', readAt, by: 'DirectRead' });
const cycle = (readAt: number, revision = 'r'): Confirmed => ({ revision, rules: 'rules', readAt, by: 'Cycle' });

describe('I11 which decisions a reading has confirmed', () => {
  it.each<[string, readonly Confirmed[], { revision?: string; rules?: string; since?: number; by?: 'AnyReading' | 'DirectRead' }, boolean]>(
    [
      ['none', [], {}, false],
      ['a read of just this person', [direct(10)], {}, true],
      ['one that began at the time wanted', [direct(10)], { since: 10 }, true],
      ['one that began before', [direct(9)], { since: 10 }, false],
      ['one of another state of the record', [direct(10, 'other')], {}, false],
      ['one by other rules than those of now', [direct(10)], { rules: 'new' }, false],
      ['a cycle by other rules than those of now', [cycle(10)], { rules: 'new', by: 'AnyReading' }, false],
      [
        'a cycle by new rules after a read by those before',
        [direct(10), { ...cycle(20), rules: 'new' }],
        { rules: 'new', by: 'AnyReading' },
        true,
      ],
      ['a cycle, where a read of just this person is wanted', [cycle(10)], {}, false],
      ['a cycle, where any reading will do', [cycle(10)], { by: 'AnyReading' }, true],
      ['a cycle that says the same after a read of just this person', [direct(10), cycle(20)], {}, true],
      ['a cycle that says something else after it', [direct(10), cycle(20, 'new')], {}, false],
      ['the newer of two reads', [direct(10), direct(20)], { since: 20 }, true],
    ],
  )('%s', (_, readings, wanted, expected) => {
    const confirmations = new Confirmations();
    for (const reading of readings) confirmations.confirm('c', 'p', reading);
    expect(confirmations.isConfirmed('c', 'p', { revision: 'r', rules: 'rules', since: 10, by: 'DirectRead', ...wanted })).toBe(expected);
    expect(confirmations.isConfirmed('c', 'another', { revision: 'r', rules: 'rules', since: 0, by: 'AnyReading' })).toBe(false);
    expect(confirmations.isConfirmed('another', 'p', { revision: 'r', rules: 'rules', since: 0, by: 'AnyReading' })).toBe(false);
  });

  it('is forgotten when the work was interrupted, with who asks and since when', () => {
    const confirmations = new Confirmations();
    for (const configuration of ['c', 'other']) {
      confirmations.ask(configuration, asked('waiting'), 5);
      confirmations.confirm(configuration, 'p', direct(10));
      confirmations.reconsider(configuration, 'ana');
    }
    confirmations.forget('c');
    const state = (configuration: string) => [
      confirmations.isConfirmed(configuration, 'p', { revision: 'r', rules: 'rules', since: 0, by: 'AnyReading' }),
      confirmations.isAsking(configuration),
      confirmations.asksInVain(configuration, 'waiting', 5),
      confirmations.reconsideredOf(configuration).has('ana'),
    ];
    // Whom a cycle is to look at anew is no decision that could be old.
    expect(state('c')).toEqual([false, false, false, true]);
    expect(state('other')).toEqual([true, true, true, true]);
  });

  it('is dropped with the record that was handled, and with it alone', () => {
    const confirmations = new Confirmations();
    for (const record of ['p', 'q']) {
      confirmations.ask('c', asked(record), 5);
      confirmations.confirm('c', record, direct(10));
      confirmations.ask('c', asked(record), 6);
    }
    confirmations.drop('c', 'p');
    const confirmed = (record: string) =>
      confirmations.isConfirmed('c', record, { revision: 'r', rules: 'rules', since: 0, by: 'AnyReading' });
    expect([confirmed('p'), confirmed('q')]).toEqual([false, true]);
    expect([confirmations.asksInVain('c', 'p', 9), confirmations.asksInVain('c', 'q', 9)]).toEqual([false, true]);
    expect(confirmations.take('c', 9)).toEqual([asked('q')]);
    confirmations.drop('unknown', 'p');
  });
});

describe('who asks for a reading', () => {
  it('is taken oldest first, in batches, and once', () => {
    const confirmations = new Confirmations();
    expect(confirmations.take('c', 5)).toEqual([]);
    for (const name of ['a', 'b', 'c']) confirmations.ask('c', asked(name), 0);
    expect(confirmations.take('c', 2)).toEqual([asked('a'), asked('b')]);
    expect(confirmations.isAsking('c')).toBe(true);
    expect(confirmations.take('c', 2)).toEqual([asked('c')]);
    expect([confirmations.isAsking('c'), confirmations.isAsking('another')]).toEqual([false, false]);
  });

  it('is taken for what was asked last', () => {
    const confirmations = new Confirmations();
    confirmations.ask('c', asked('a', 'Create'), 0);
    confirmations.ask('c', asked('a', 'Delete'), 1);
    expect(confirmations.take('c', 5)).toEqual([asked('a', 'Delete')]);
  });

  it('I14 asks in vain from its first question on, until it was handled, whatever was confirmed', () => {
    const confirmations = new Confirmations();
    expect(confirmations.asksInVain('c', 'p', 100)).toBe(false);
    confirmations.ask('c', asked('p'), 10);
    confirmations.take('c', 5);
    confirmations.ask('c', asked('p'), 50);
    expect([confirmations.asksInVain('c', 'p', 9), confirmations.asksInVain('c', 'p', 10)]).toEqual([false, true]);
    expect(confirmations.asksInVain('c', 'q', 10)).toBe(false);
    // A confirmation that comes too late to be used is none.
    confirmations.confirm('c', 'p', direct(60));
    expect(confirmations.asksInVain('c', 'p', 100)).toBe(true);
    confirmations.drop('c', 'p');
    expect(confirmations.asksInVain('c', 'p', 100)).toBe(false);
  });
});

describe('who is to be decided about anew', () => {
  it('is decided about once, and whoever was named meanwhile once more', () => {
    const confirmations = new Confirmations();
    for (const id of ['ana', 'eva']) confirmations.reconsider('c', id);
    const begun = confirmations.reconsideredOf('c');
    confirmations.reconsider('c', 'eva');
    confirmations.reconsider('c', 'leo');
    confirmations.decided('c', begun);
    expect([...confirmations.reconsideredOf('c').keys()]).toEqual(['eva', 'leo']);
    expect([...begun.keys()]).toEqual(['ana', 'eva']);
    confirmations.decided('c', confirmations.reconsideredOf('c'));
    expect(confirmations.reconsideredOf('c').size).toBe(0);
    confirmations.decided('another', begun);
    expect(confirmations.reconsideredOf('another').size).toBe(0);
  });
});
