// One big conversion, as the server does it: our-frame-stream.ts FOLDER. Each process measures once, so that memory
// left over from an earlier conversion cannot hide what this one needs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { decodeArrow, encodeQueryResponse } from '@backplane/frames';
import { type FrameWork, folderArgument } from './frame-work.ts';

/** Where a block waits for its reader. A new copy of each block would be garbage that V8 collects at 64 MB only. */
const outgoing = new Uint8Array(2 ** 19);

const folder = folderArgument();
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const { file } = JSON.parse(line) as FrameWork;
  for (let i = 0; i < 100; i++) await convert(readFileSync(join(folder, file.replace(/-\d+\.arrow$/, '-1000.arrow'))));
  globalThis.gc?.();
  writeFileSync('/proc/self/clear_refs', '5');
  const before = status('VmRSS');
  const arrow = readFileSync(join(folder, file));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  delay.enable();
  const bytes = await convert(arrow);
  delay.disable();
  const wallUs = (performance.now() - began) * 1000;
  const { user, system } = process.cpuUsage(cpu);
  const loop = { p50Us: delay.percentile(50) / 1000, p99Us: delay.percentile(99) / 1000 };
  const hostPeakRssBytes = status('VmHWM') - before;
  console.log(JSON.stringify({ calls: 1, bytes, wallUs, ...loop, hostCpuUs: user + system, pluginCpuUs: 0, hostPeakRssBytes }));
}

/** Converts and hands over block by block, other work going on between; the bytes written. */
async function convert(arrow: Uint8Array): Promise<number> {
  let bytes = 0;
  for (const block of encodeQueryResponse([['A', { frames: [decodeArrow(arrow)] }]])) {
    outgoing.set(block);
    bytes += block.length;
    await setImmediate();
  }
  return bytes;
}

/** A line of /proc/self/status in bytes (Linux). */
function status(name: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  if (found === null) throw new Error(`/proc/self/status has no ${name}; this measurement needs Linux`);
  return Number(found[1]) * 1024;
}
