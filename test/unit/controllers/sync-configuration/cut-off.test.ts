import type { Steps } from '../../../../src/controllers/sync-configuration/cycle-run.ts';
import type { CycleEnd } from '../../../../src/controllers/sync-configuration/cycle.ts';
import { newMemory, type ActiveCycle } from '../../../../src/controllers/sync-configuration/memory.ts';
import { continueCycle, recordCutOff } from '../../../../src/controllers/sync-configuration/running-cycle.ts';
import type { Work } from '../../../../src/controllers/sync-configuration/work.ts';
import { KubeError } from '../../../../src/ports/resources.ts';
import { silentLogger } from '../../../../src/ports/logger.ts';
import { cycleRun } from '../../../support/cycle-run.ts';

const nothing = (): undefined => undefined;

function workOf(signal: AbortSignal): { readonly work: Work; readonly written: object[] } {
  const written: object[] = [];
  const { run } = cycleRun({ source: {}, kind: 'Incremental', status: { observedGeneration: 1 } });
  const configuration = { ...run.configuration, metadata: { ...run.configuration.metadata, generation: 1 } };
  const deps = {
    ...run.deps,
    tracker: { end: nothing, noteRead: nothing, lostOf: () => new Map() },
    metrics: { cyclesTotal: { inc: nothing }, cycleDuration: { observe: nothing } },
    events: { emit: nothing },
    configurations: { writer: { patchStatus: (_: unknown, patch: object) => Promise.resolve(void written.push(patch)) } },
  };
  const context = { signal, logger: silentLogger, reconcileId: 'r' };
  return {
    work: { deps, configuration, configurationKey: 'identity/staff', memory: newMemory('uid'), context } as unknown as Work,
    written,
  };
}

test('I14 a step that is cut off by the time of its reconcile is a failed cycle with a pause, not a new beginning at once', async () => {
  const controller = new AbortController();
  const { work, written } = workOf(controller.signal);
  const { run } = cycleRun({ source: {} });
  async function* endless(): Steps<CycleEnd> {
    yield { waitMs: 0 };
    controller.abort();
    return await Promise.reject<CycleEnd>(new KubeError('Unavailable', 'the request was aborted'));
  }
  const active: ActiveCycle = {
    run: { ...run, startedAt: 0, startedMonotonic: 0, answers: { requestedAt: undefined, restartedAt: undefined } },
    steps: endless(),
    end: undefined,
    closing: undefined,
    progressAt: Infinity,
    resumeAt: 0,
    progress: { count: 0, at: work.deps.clock.monotonic() },
    stuck: false,
  };
  expect(await continueCycle(work, active)).toEqual({ requeueAfterMs: 0 });
  await expect(continueCycle(work, active)).rejects.toThrow('aborted');
  expect(written).toEqual([]);
  const { cutOff } = work.memory;
  const result = await recordCutOff({ ...work, context: { ...work.context, signal: new AbortController().signal } }, cutOff ?? run);
  expect(written).toMatchObject([{ failures: { count: 1, reason: 'NoProgress' }, lastCycle: { result: 'Failed', reason: 'NoProgress' } }]);
  expect(result.requeueAfterMs).toBeGreaterThan(50_000);
  expect(work.memory.cutOff).toBeUndefined();
});
