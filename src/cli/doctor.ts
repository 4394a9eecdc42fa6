import { doctor, formatBytes, type InstallProgress, printDoctor } from '../host/runtime';

/**
 * `dinnb doctor`: explains which TensorFlow is used and why; with `install` sets one up first.
 *
 * @returns the exit code: 1 when no TensorFlow can be used
 */
export async function doctorCommand({ install, json }: { install?: boolean; json?: boolean }): Promise<number> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const report = await doctor({
    install: install ?? false,
    projectFolder: process.cwd(),
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
