/** As a shell reports a command that SIGPIPE ended. */
const EXIT_CODE = 141;
/** As for a file that cannot be written. */
const UNWRITABLE = 2;

let goOn = false;
let failure: NodeJS.ErrnoException | undefined;

/** `dinnb run NOTEBOOK | head`: when nobody reads any more the command ends, quietly, as other commands do. */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') {
        if (!goOn) process.exit(EXIT_CODE);
        return;
      }
      failure ??= error; // a full disk
      if (!goOn) process.exit(UNWRITABLE);
    });
  }
  process.on('exit', (code) => {
    if (!failure) return;
    console.error(`What this command prints could not be written: ${failure.message}.`);
    process.exitCode = code || UNWRITABLE;
  });
}

/** Files are to be written: only the printing ends with its reader, or with the disk that it goes to. */
export function outliveClosedPipe(): void {
  goOn = true;
}
