import { rememberUnconfirmed, type CycleRun } from '../../../../src/controllers/sync-configuration/cycle-run.ts';
import { Findings } from '../../../../src/controllers/sync-configuration/findings.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const minute = 60_000;
const clock = new VirtualClock();
const at = (fromNowMs: number): string => new Date(clock.now() + fromNowMs).toISOString();

/** What a cycle remembers of a change that was announced `fromNowMs` ago, with a replication window of ten minutes. */
function remembered(fromNowMs: number | undefined): number | undefined {
  const watermark = fromNowMs === undefined ? {} : { unconfirmed: [{ id: 'u', since: at(fromNowMs) }] };
  const run = {
    deps: { clock, settings: { replicationWindowMs: 10 * minute } },
    configuration: { status: { watermark } },
    findings: new Findings({ live: 0, found: 0 }),
  } as unknown as CycleRun;
  rememberUnconfirmed(run, 'u');
  return run.findings.unconfirmed.get('u');
}

test.each([
  ['that is new', undefined, 0],
  ['of five minutes ago', -5 * minute, -5 * minute],
  ['that is older than the replication window', -11 * minute, undefined],
  ['dated a month ahead by a wrong clock', 30 * 24 * 60 * minute, 0],
])('I14 a change that cannot be seen yet, %s', (_, announced, since) => {
  expect(remembered(announced)).toBe(since === undefined ? undefined : clock.now() + since);
});
