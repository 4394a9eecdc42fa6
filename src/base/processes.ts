import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process of this machine, ours or not, still runs. Ids are used again: where that matters, compare its start too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Ends a process that leads a session, at once, and all that it has started, but for what has a session of its own (Node's `detached`,
 * `setsid`). A process group of one's own is no way out on Linux: `timeout` and shells with job control make one for what they run. Elsewhere
 * no tool tells sessions, and the leader's group is what ends.
 *
 * @throws Error when the system refuses
 */
export function killSession(leader: number): void {
  // A leader that ends itself is the last: whoever it leaves could start more meanwhile.
  const others = () => membersOf(leader).filter((pid) => pid !== process.pid);
  const itself = leader === process.pid;
  if (!itself) kill(-leader);
  for (let left = others(), round = 0; left.length > 0 && round < KILL_ROUNDS; left = others(), round++)
    for (const pid of left) kill(pid);
  if (itself) kill(-leader);
}

/** How often those are looked for that were started while the others were being ended. */
const KILL_ROUNDS = 20;

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error; // it has ended (macOS says EPERM of groups that have)
  }
}

/** The processes of a session that have not ended; none where there is no /proc. */
function membersOf(session: number): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      let stat: string;
      try {
        stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      } catch {
        return false; // it has ended
      }
      // pid (name) state parent group session ...: a name may hold anything
      const [state, , , sid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(sid) === session && state !== 'Z' && state !== 'X';
    });
}
