/** As a shell reports a command that SIGPIPE ended. */
const EXIT_CODE = 141;

let goOn = false;

/** `dinnb run NOTEBOOK | head`: when nobody reads any more the command ends, quietly, as other commands do. */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!goOn) process.exit(EXIT_CODE);
    });
  }
}

/** Files are to be written: only the printing ends with its reader. */
export function outliveClosedPipe(): void {
  goOn = true;
}
