import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { textHash } from '../../base/hash';
import { type Threads, withThreads } from '../backend/threads';
import { type NodeBackend, nodeBackend } from './binding';
import { GraphRefused } from './refused';

/** The tag by which a graph is found in its SavedModel. */
export const TAG = 'serve';

/** A session of TensorFlow's: a graph that is loaded, with what it and XLA compiled of it. */
export interface Session {
  readonly backend: NodeBackend;
  readonly id: number;
  /** What it was made of: equal graphs have equal keys. */
  readonly key: string;
  /** Entries that ran: TensorFlow looked for their kernels, and XLA compiled them. */
  readonly warm: Set<string>;
  /** It holds nothing between two calls: any number of programs may use it at once. */
  readonly stateless: boolean;
  users: number;
  /** A call failed: nobody else gets it. */
  spoiled: boolean;
}

/**
 * Sessions that nobody uses at the moment, the oldest first. They hold code, no values: what a program left in variables
 * is dropped before. Those of the last few networks are what somebody who changes one at a time comes back to.
 */
const idle: Session[] = [];
const IDLE_LIMIT = 8;
/** Stateless sessions in use, by key. */
const shared = new Map<string, Session>();

/**
 * A graph is a value: an equal one that this process has loaded already is used again, and with it what was compiled.
 * @param model a SavedModel. @param stateless it has no variables.
 * @throws GraphRefused with TensorFlow's words when it refuses the graph.
 */
export function openSession(model: Uint8Array, threads: Threads, stateless: boolean): Session {
  const backend = nodeBackend();
  const key = `${threads}:${textHash(model)}`;
  const found = shared.get(key) ?? takeIdle(key);
  const session = found ?? {
    backend,
    id: withThreads(threads, () => load(backend, model)),
    key,
    warm: new Set<string>(),
    stateless,
    users: 0,
    spoiled: false,
  };
  session.users++;
  if (stateless) shared.set(key, session);
  return session;
}

/** Gives a session back. Variables must have been dropped. */
export function closeSession(session: Session): void {
  if (--session.users > 0) return;
  if (shared.get(session.key) === session) shared.delete(session.key);
  if (session.spoiled) {
    end(session);
    return;
  }
  idle.push(session);
  while (idle.length > IDLE_LIMIT) end(idle.shift()!);
}

/** Nobody gets a session again in which a call failed. */
export function spoil(session: Session): void {
  session.spoiled = true;
  if (shared.get(session.key) === session) shared.delete(session.key);
}

/** Ends the sessions that nobody uses. @returns how many there were. */
export function endIdleSessions(): number {
  const ended = idle.splice(0);
  for (const session of ended) end(session);
  return ended.length;
}

function takeIdle(key: string): Session | undefined {
  const place = idle.findLastIndex((session) => session.key === key);
  return place < 0 ? undefined : idle.splice(place, 1)[0];
}

function end({ backend, id }: Session): void {
  backend.binding.deleteSavedModel(id);
}

function load(backend: NodeBackend, bytes: Uint8Array): number {
  const folder = temporaryFolder();
  try {
    writeFileSync(path.join(folder, 'saved_model.pb'), bytes);
    return backend.binding.loadSavedModel(folder, TAG);
  } catch (error) {
    throw new GraphRefused(`TensorFlow refused the graph: ${(error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** TensorFlow loads graphs from files only. */
function temporaryFolder(): string {
  try {
    return mkdtempSync(path.join(tmpdir(), `dinnb-graph-${process.pid}-`));
  } catch (error) {
    throw new GraphRefused(
      `the folder for temporary files, ${tmpdir()} (TMPDIR names another), cannot be written: ${(error as Error).message}`,
    );
  }
}
