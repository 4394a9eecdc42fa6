import { expect, test } from 'vitest';
import { type Job, RunQueue } from '../../../src/host/run-queue';

function job(name: string, log: string[], result: boolean | Error | Promise<boolean> = true): Job {
  return {
    async run() {
      log.push(`run ${name}`);
      if (result instanceof Error) throw result;
      return result;
    },
    cancel: () => void log.push(`cancel ${name}`),
  };
}

test('one after another, in order, also those added while others run', async () => {
  const log: string[] = [];
  const queue = new RunQueue();
  let release!: (ok: boolean) => void;
  const held = new Promise<boolean>((resolve) => {
    release = resolve;
  });
  const first = queue.add(job('a', log, held));
  const second = queue.add(job('b', log));
  await new Promise((resolve) => setImmediate(resolve));
  expect(log).toEqual(['run a']);
  release(true);
  await Promise.all([first, second]);
  expect(log).toEqual(['run a', 'run b']);
  await queue.add();
});

test('a failure cancels those that wait, unless told to keep going; the queue works on', async () => {
  const log: string[] = [];
  const queue = new RunQueue();
  await queue.add(job('a', log, false), job('b', log), job('c', log));
  await queue.add(job('d', log));
  expect(log).toEqual(['run a', 'cancel b', 'cancel c', 'run d']);
  const going: string[] = [];
  await new RunQueue({ keepGoing: true }).add(job('a', going, false), job('b', going));
  expect(going).toEqual(['run a', 'run b']);
});

test('what is added after the queue was cleared runs, however slowly the job that was stopped ends', async () => {
  const log: string[] = [];
  const queue = new RunQueue();
  let fail!: (ok: boolean) => void;
  const ends = new Promise<boolean>((resolve) => {
    fail = resolve;
  });
  const stopped = queue.add(job('a', log, ends), job('b', log));
  await new Promise((resolve) => setImmediate(resolve));
  queue.cancelWaiting();
  const asked = queue.add(job('c', log, false), job('d', log));
  fail(false);
  await Promise.all([stopped, asked]);
  // The failure of c, which nobody stopped, cancels d as ever.
  expect(log).toEqual(['run a', 'cancel b', 'run c', 'cancel d']);
});

test('a job that throws leaves nothing waiting and blocks nobody', async () => {
  const log: string[] = [];
  const queue = new RunQueue();
  await expect(queue.add(job('a', log, new Error('no')), job('b', log))).rejects.toThrow('no');
  await queue.add(job('c', log));
  expect(log).toEqual(['run a', 'cancel b', 'run c']);
});

test('until it is ready a job can be cancelled', async () => {
  const log: string[] = [];
  let ready!: () => void;
  const queue = new RunQueue({
    ready: () =>
      new Promise<void>((resolve) => {
        ready = resolve;
      }),
  });
  const done = queue.add(job('a', log));
  await new Promise((resolve) => setImmediate(resolve));
  queue.cancelWaiting();
  ready();
  await done;
  expect(log).toEqual(['cancel a']);
});

test('where several share it, what fails or is cancelled takes nothing of the others along', async () => {
  const log: string[] = [];
  const queue = new RunQueue();
  const [one, two] = [{}, {}];
  let fail!: (ok: boolean) => void;
  const held = new Promise<boolean>((resolve) => {
    fail = resolve;
  });
  const of = (owner: object, made: Job): Job => ({ ...made, owner });
  const done = queue.add(
    ...[of(one, job('a1', log, held)), of(two, job('b1', log)), of(one, job('a2', log)), of(two, job('b2', log))],
  );
  await new Promise((resolve) => setImmediate(resolve));
  queue.cancelWaiting(two);
  fail(false);
  await done;
  // That those of another were cancelled meanwhile does not keep the failure of a1 from cancelling a2.
  expect(log).toEqual(['run a1', 'cancel b1', 'cancel b2', 'cancel a2']);
  await queue.add(of(one, job('a3', log, false)), of(two, job('b3', log)), of(one, job('a4', log)));
  expect(log.slice(4)).toEqual(['run a3', 'cancel a4', 'run b3']);
});
