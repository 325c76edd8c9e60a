import Sequencer from '@jest/test-sequencer';

/** Tests that wait for real Leases most of the time: begun first, they leave the machine to the others meanwhile. */
const waiting = /test\/cluster\/availability\//;

/** Those that wait first, and then in jest's own order. */
export default class WaitingFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    return [...sorted.filter(({ path }) => waiting.test(path)), ...sorted.filter(({ path }) => !waiting.test(path))];
  }
}
