/** Loaded into the operator's process ahead of it (`--import`): writes, each time it is asked by a signal, how the process has fared since. */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const file = process.env.TENANTSYNC_BENCH_PROBE ?? '';
const stalls = monitorEventLoopDelay({ resolution: 5 });
stalls.enable();

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/**
 * The longest piece of work of the main thread at the start, by its own processor time: other processes have no part in it. Before it has
 * loaded its modules the operator holds nothing that it could lose; at rest the look itself would be most of the work.
 */
let workMs = 0;
const modulesMs = 1000;
let before = cpuMs();
const looking = setInterval(() => {
  const now = cpuMs();
  if (before > modulesMs) workMs = Math.max(workMs, now - before);
  before = now;
}, 5).unref();

let number = 0;
process.on('SIGUSR2', () => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  number += 1;
  clearInterval(looking);
  const stallMs = Math.round(stalls.max / 1e6);
  writeFileSync(file, JSON.stringify({ number, stallMs, workMs: Math.round(workMs), heapUsed, external, arrayBuffers }));
  stalls.reset();
});
