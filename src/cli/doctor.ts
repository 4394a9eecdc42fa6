import path from 'node:path';
import type { RuntimeSelection } from '../protocol/messages';
import {
  doctor,
  formatBytes,
  type InstallProgress,
  printDoctor,
  RuntimeUnavailableError,
  selectRuntime,
} from '../tensorflow';

export interface DoctorFlags {
  install?: boolean;
  /** With `install`: leave a native TensorFlow alone that loads and whose sizes and times are the recorded ones. */
  ifNeeded?: boolean;
  json?: boolean;
}

/**
 * `dinnb doctor`: explains which TensorFlow is used and why; with `install` sets one up first.
 *
 * @returns the exit code: 1 when no TensorFlow can be used
 */
export async function doctorCommand({ install, ifNeeded, json }: DoctorFlags): Promise<number> {
  const chosen = install && ifNeeded ? await nativeAsItIs() : undefined;
  if (chosen) {
    const folder = path.resolve(path.dirname(chosen.addon), '..', '..');
    const text = json
      ? JSON.stringify({ ok: true, chosen })
      : `TensorFlow ${chosen.tensorflow} (native), from ${folder}`;
    process.stdout.write(`${text}\n`);
    return 0;
  }
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const report = await doctor({
    install: install ?? false,
    progress: progressLines(say),
    consent: async ({ downloadBytes, diskBytes, folder }) => {
      // who types --install has agreed; what it costs is said all the same
      say(
        `Setting TensorFlow up in ${folder}: ${formatBytes(downloadBytes)} to download, ${formatBytes(diskBytes)} of disk`,
      );
      return true;
    },
  });
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : printDoctor(report));
  return report.ok ? 0 : 1;
}

/** The native TensorFlow that a kernel would load; no checksums are compared and no tools are asked for. */
async function nativeAsItIs(): Promise<(RuntimeSelection & { backend: 'native' }) | undefined> {
  try {
    const selection = await selectRuntime('native');
    return selection.backend === 'native' ? selection : undefined;
  } catch (error) {
    // The examination that follows tells and mends what is wrong.
    if (error instanceof RuntimeUnavailableError) return undefined;
    throw error;
  }
}

/** A line when the work changes and one every tenth of it: readable in a terminal and in a log alike. */
function progressLines(say: (line: string) => void): (progress: InstallProgress) => void {
  let last = '';
  return ({ message, fraction }) => {
    const percent = fraction === undefined ? '' : ` ${Math.floor(10 * fraction) * 10} %`;
    const line = `TensorFlow: ${message}${percent}`;
    if (line !== last) say(line);
    last = line;
  };
}
