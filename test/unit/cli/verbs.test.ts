import { verbFirst } from '../../../src/cli/client/verbs.ts';

describe('F5 flags before the verb', () => {
  it.each<[string, string]>([
    ['-n identity status', 'status -n identity'],
    ['--context prod -n identity approve staff -y', 'approve --context prod -n identity staff -y'],
    ['--context=prod who maria@contoso.com', 'who --context=prod maria@contoso.com'],
    ['-A status', 'status -A'],
    ['status -n identity', 'status -n identity'],
    ['operator --shards 2', 'operator --shards 2'],
    ['-n status', '-n status'],
    ['--help', '--help'],
    ['--log-level debug operator', '--log-level debug operator'],
  ])('%s is %s', (given, expected) => {
    expect(verbFirst(given.split(' '))).toEqual(expected.split(' '));
  });

  it('nothing is nothing', () => {
    expect(verbFirst([])).toEqual([]);
  });
});
