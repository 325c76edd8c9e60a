import { watchMemory, type MemoryUse } from '../../../src/telemetry/memory-watch.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { recordingLogger } from '../kube/support.ts';

const mb = 2 ** 20;

function setUp(limit: number | 'None' = 400) {
  const clock = new VirtualClock();
  const logger = recordingLogger();
  const used = { heap: 50, process: 100 };
  const use = (): MemoryUse => ({
    heap: { used: used.heap * mb, limit: 200 * mb },
    process: { used: used.process * mb, limit: limit === 'None' ? undefined : limit * mb },
  });
  const end = watchMemory(use, clock, logger);
  const told = (): readonly unknown[] => logger.lines.map(({ level, fields }) => ({ level, ...fields }));
  return { clock, used, end, told };
}

describe('the watch over the memory', () => {
  it('says once that the heap or the container is nearly used up, with the numbers', async () => {
    const { clock, used, told } = setUp();
    await clock.advance(60_000);
    expect(told()).toEqual([]);
    used.heap = 160;
    await clock.advance(60_000);
    expect(told()).toEqual([{ level: 'error', usedMb: 160, limitMb: 200 }]);
    used.process = 350;
    await clock.advance(60_000);
    expect(told().at(-1)).toEqual({ level: 'error', usedMb: 350, limitMb: 400 });
    expect(told()).toHaveLength(2);
  });

  it('says it again only when there was room meanwhile', async () => {
    const { clock, used, told } = setUp();
    for (const heap of [165, 150, 165, 100, 165]) {
      used.heap = heap;
      await clock.advance(10_000);
    }
    expect(told()).toHaveLength(2);
  });

  it('looks at no bound that there is not, and no more once it was ended', async () => {
    const { clock, used, end, told } = setUp('None');
    used.process = 100_000;
    await clock.advance(60_000);
    end();
    used.heap = 199;
    await clock.advance(60_000);
    expect(told()).toEqual([]);
  });
});
