// What the peers that run in Node share: the line protocol of bench.mjs, and a clock of wall and CPU seconds.
import { createInterface } from 'node:readline';

export const say = (message) => process.stdout.write(`@${JSON.stringify(message)}\n`);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** A round begins when the bench says so; the end of input means no more rounds. */
export const waitForGo = async () => (await lines.next()).value?.trim() === 'go';

/** A function that tells the seconds since now. */
export function startClock() {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const used = process.cpuUsage(cpu);
    return { wall: (performance.now() - wall) / 1e3, cpu: (used.user + used.system) / 1e6 };
  };
}
