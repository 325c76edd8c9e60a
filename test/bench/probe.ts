/** Loaded into the operator's process ahead of it (`--import`): writes, each time it is asked by a signal, how the process has fared since. */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const file = process.env.TENANTSYNC_BENCH_PROBE ?? '';
const stalls = monitorEventLoopDelay({ resolution: 5 });
stalls.enable();

let number = 0;
process.on('SIGUSR2', () => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  number += 1;
  writeFileSync(file, JSON.stringify({ number, stallMs: Math.round(stalls.max / 1e6), heapUsed, external, arrayBuffers }));
  stalls.reset();
});
