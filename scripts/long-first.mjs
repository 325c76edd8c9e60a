import Sequencer from '@jest/test-sequencer';

/**
 * Tests that are to begin first: those that wait for real Leases or for other processes most of the time, and leave the machine to the others meanwhile, and
 * those that take a minute or more, which would hold up the end of the run with one of the workers idle. Jest goes by the size of files when it has not seen
 * them run before, and theirs says nothing.
 */
const first =
  /test\/(cluster\/availability\/|unit\/packaging|behaviour\/(chaos|cut-points|cut-points-groups|demo|demo-prometheus|plan-is-act\.property)\.test)/;

/** Those that are to begin first, and then the others, each in jest's own order. */
export default class LongFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    return [...sorted.filter(({ path }) => first.test(path)), ...sorted.filter(({ path }) => !first.test(path))];
  }
}
