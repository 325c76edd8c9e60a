/** Loaded into the operator's process ahead of it (`--import`): writes, each time it is asked by a signal, how the process has fared since. */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const file = process.env.TENANTSYNC_BENCH_PROBE ?? '';
const stalls = monitorEventLoopDelay({ resolution: 5 });
stalls.enable();

/** The longest pieces of work of the main thread, by its own processor time: other processes have no part in them. */
let longest: { readonly cpuMs: number; readonly atMs: number }[] = [];
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
let before = cpuMs();
setInterval(() => {
  const now = cpuMs();
  const [least] = longest;
  if (longest.length < 8 || now - before > (least?.cpuMs ?? 0)) {
    longest = [...longest.slice(longest.length < 8 ? 0 : 1), { cpuMs: Math.round(now - before), atMs: Math.round(performance.now()) }];
    longest.sort((a, b) => a.cpuMs - b.cpuMs);
  }
  before = now;
}, 2).unref();

let number = 0;
process.on('SIGUSR2', () => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  number += 1;
  writeFileSync(file, JSON.stringify({ number, stallMs: Math.round(stalls.max / 1e6), longest, heapUsed, external, arrayBuffers }));
  stalls.reset();
  longest = [];
});
