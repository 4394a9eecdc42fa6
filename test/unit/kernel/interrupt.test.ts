import { describe, expect, it } from 'vitest';
import { SHARED, sharedNumbers } from '../../../src/kernel/link';
import { type Clock, interrupt } from '../../../src/kernel/shell/interrupt';

/** A main thread that answers nothing, and ends its run when it is stopped by force. */
function deaf() {
  const shared = sharedNumbers();
  const clock = { time: 0, processor: 0 };
  const run = { id: 7, ended: false, abandon: () => expect.unreachable('it was blocked, and did not wait') };
  const at: { time: number; processor: number }[] = [];
  let polls = 0;
  const main = {
    post() {},
    answers: () => new Promise<boolean>(() => {}),
    terminateExecution() {
      at.push({ ...clock });
      run.ended = true;
    },
  };
  const ticking: Clock = {
    now: () => {
      polls += 1;
      return clock.time;
    },
    used: () => clock.processor,
  };
  /** Turns of the wait so far. */
  const untilPolled = async (times: number) => {
    const wanted = polls + times;
    while (polls < wanted) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  return { shared, clock, run, main, ticking, at, untilPolled };
}

describe('an interrupt of what does not look', () => {
  it('uses force when the processor time of a look is gone', async () => {
    const { shared, clock, run, main, ticking, at, untilPolled } = deaf();
    const stopped = interrupt(run, main, shared, ticking);
    clock.processor = 90;
    await untilPolled(3);
    expect(at).toEqual([]);
    clock.processor = 101;
    await stopped;
    expect(at).toEqual([{ time: 0, processor: 101 }]);
    expect(Atomics.load(shared, SHARED.interrupt)).toBe(0);
  });

  it('waits for the whole grace where the library has looked in this cell, and where the thread gets no processor', async () => {
    for (const looked of [true, false]) {
      const { shared, clock, run, main, ticking, at, untilPolled } = deaf();
      if (looked) Atomics.store(shared, SHARED.looked, run.id);
      const stopped = interrupt(run, main, shared, ticking);
      clock.time = 240;
      clock.processor = looked ? 500 : 20;
      await untilPolled(3);
      expect(at).toEqual([]);
      clock.time = 251;
      await stopped;
      expect(at).toHaveLength(1);
    }
  });

  it('never cuts off what is loaded as a whole', async () => {
    const { shared, clock, run, main, ticking, at, untilPolled } = deaf();
    Atomics.store(shared, SHARED.loading, 1);
    const stopped = interrupt(run, main, shared, ticking);
    clock.time = 400;
    clock.processor = 400;
    await untilPolled(3);
    expect(at).toEqual([]);
    Atomics.store(shared, SHARED.loading, 0);
    clock.time = 600;
    await stopped;
    expect(at).toHaveLength(1);
  });

  it('nor when no cell runs yet, or none any more', async () => {
    const { shared } = deaf();
    Atomics.store(shared, SHARED.loading, 1);
    const cut: number[] = [];
    let asked = 0;
    const main = {
      post() {},
      async answers() {
        asked += 1;
        if (asked === 4) Atomics.store(shared, SHARED.loading, 0);
        return asked > 5;
      },
      terminateExecution: () => void cut.push(asked),
    };
    await interrupt(undefined, main, shared);
    expect(cut).toEqual([4, 5]);
  });
});
