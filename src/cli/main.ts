import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../../package.json';
import { CODE_FORMS } from '../notebook/html/cells';
import { type CheckFlags, check } from './check';
import { endOnClosedPipe } from './closed-pipe';
import { type DoctorFlags, doctorCommand } from './doctor';
import { UsageError } from './errors';
import { EXPORT_FORMATS, type ExportFlags, type ExportFormat, exportNotebook } from './export';
import { mergeFiles, setUpGit, textOf } from './git';
import { importNotebook } from './import';
import { createNotebook } from './new';
import { resolve } from './resolve';
import { restore } from './restore';
import { format, type RewriteFlags, rewrite, strip } from './rewrite';
import { parseParameter, type RunFlags, run } from './run';

const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('a number of seconds above 0 is wanted.');
  return value;
};

const tolerance = (text: string): number => {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= 0 && Number.isFinite(value))) throw new InvalidArgumentError('a number of at least 0 is wanted.');
  return value;
};

function program(setExitCode: (code: number) => void): Command {
  const dinnb = new Command('dinnb')
    .description('TypeScript notebooks for recommender models, on the command line.')
    .version(packageJson.version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });

  dinnb
    .command('run')
    .argument('<notebook>', 'a .dinnb file')
    .description('runs the cells in order in a fresh kernel; exit code 1 when a cell fails')
    .option('--out <file.dinnb>', 'write the notebook with its outputs')
    .option('--html <file.html>', 'write a self-contained report')
    .addOption(new Option('--code <form>', 'sources in that report (default: shown)').choices([...CODE_FORMS]))
    .option('--param <name=value>', 'set a notebook parameter (repeatable)', parseParameter)
    .addOption(
      new Option('--backend <backend>', 'TensorFlow to use').choices(['auto', 'native', 'wasm']).default('auto'),
    )
    .option('--timeout <seconds>', 'limit for each cell', seconds)
    .option('--keep-going', 'run the cells after a failed one')
    .option('--json', 'print one JSON object; everything else goes to stderr')
    .action(async (notebook: string, flags: RunFlags) => setExitCode(await run(notebook, flags)));

  dinnb
    .command('check')
    .argument('<notebook>', 'a .dinnb file with outputs')
    .description('reruns a notebook and compares; exit code 0 the same, 1 different, 2 could not run')
    .option('--update', 'take the new outputs')
    .option('--tolerance <number>', 'how far numbers may lie apart (default: not at all)', tolerance)
    .addOption(
      new Option('--backend <backend>', 'TensorFlow to use').choices(['auto', 'native', 'wasm']).default('auto'),
    )
    .option('--timeout <seconds>', 'limit for each cell', seconds)
    .option('--json', 'print one JSON object; everything else goes to stderr')
    .option('--junit <file.xml>', 'write the result for a build server')
    .option('--html <file.html>', 'write old and new side by side')
    .action(async (notebook: string, flags: CheckFlags) => setExitCode(await check(notebook, flags)));

  dinnb
    .command('restore')
    .argument('<notebook>', 'a .dinnb file that has run')
    .argument('[folder]', 'where to (default: NOTEBOOK-restored beside it)')
    .description('makes a folder with what the notebook was made of, and checks it there')
    .option('--no-check', 'only make the folder')
    .action(async (notebook: string, folder: string | undefined, flags: { check: boolean }) =>
      setExitCode(await restore(notebook, folder, flags)),
    );

  dinnb
    .command('export')
    .argument('<notebook>', 'a .dinnb file')
    .description('converts a notebook with the outputs it holds; runs nothing')
    .addOption(new Option('--to <format>', 'format').choices([...EXPORT_FORMATS]).makeOptionMandatory())
    .option('--out <file>', 'where to (default: beside the notebook)')
    .addOption(new Option('--code <form>', 'sources in html and pdf (default: shown)').choices([...CODE_FORMS]))
    .action(async (notebook: string, { to, ...flags }: ExportFlags & { to: ExportFormat }) => {
      const { path, notes } = await exportNotebook(notebook, to, flags);
      for (const note of notes) console.error(`${notebook}: ${note}.`);
      console.log(path);
    });

  dinnb
    .command('import')
    .argument('<file>', 'a Jupyter notebook (.ipynb) or a script (.ts, .js) with lines "// %%"')
    .description('makes a notebook of it, with the outputs that it holds; runs nothing')
    .option('--out <file.dinnb>', 'where to (default: beside the file)')
    .action((file: string, { out }: { out?: string }) => {
      const { path, notes } = importNotebook(file, out);
      for (const note of notes) console.error(`${file}: ${note}.`);
      console.log(path);
    });

  dinnb
    .command('new')
    .argument('<file.dinnb>')
    .description('makes a notebook to start from')
    .action((file: string) => {
      createNotebook(file);
      console.log(file);
    });

  dinnb
    .command('fmt')
    .argument('<files...>', '.dinnb files, or - for standard input to standard output')
    .description('lays notebooks out as dinnb writes them; prints the names of those that changed')
    .option('--check', 'change nothing; exit code 1 where something would change')
    .action((files: string[], flags: RewriteFlags) => setExitCode(rewrite(files, format, flags)));

  dinnb
    .command('strip')
    .argument('<files...>', '.dinnb files, or - for standard input to standard output')
    .description('removes what runs made (outputs, counts, times, environment, certificate)')
    .option('--check', 'change nothing; exit code 1 where something would change')
    .action((files: string[], flags: RewriteFlags) => setExitCode(rewrite(files, strip, flags)));

  dinnb
    .command('resolve')
    .argument('<notebook>', 'a .dinnb file with conflict markers, or with cells tagged merge-conflict')
    .description('makes cells of git conflict markers, and decides them all alike if told how')
    .addOption(new Option('--ours', 'keep this side').conflicts(['theirs', 'both']))
    .addOption(new Option('--theirs', 'keep the other side').conflicts(['ours', 'both']))
    .addOption(new Option('--both', 'keep the cells of both sides').conflicts(['ours', 'theirs']))
    .action((notebook: string, flags: { ours?: boolean; theirs?: boolean; both?: boolean }) =>
      setExitCode(
        resolve(
          notebook,
          (['ours', 'theirs', 'both'] as const).find((choice) => flags[choice]),
        ),
      ),
    );

  dinnb
    .command('git-setup')
    .description('makes git diff and merge notebooks by their cells, in the repository of this folder')
    .option('--strip', 'also commit notebooks without what runs made')
    .action((flags: { strip?: boolean }) => {
      for (const line of setUpGit(flags)) console.log(line);
    });

  dinnb
    .command('git-diff', { hidden: true })
    .argument('<file>')
    .action((file: string) => {
      process.stdout.write(textOf(file));
    });

  dinnb
    .command('git-merge', { hidden: true })
    .argument('<base>')
    .argument('<ours>')
    .argument('<theirs>')
    .argument('[name]')
    .action((base: string, ours: string, theirs: string, name?: string) =>
      setExitCode(mergeFiles(base, ours, theirs, name)),
    );

  dinnb
    .command('doctor')
    .description('explains which TensorFlow is used and why')
    .option('--install', 'set TensorFlow up, or repair it (about 850 MB in your cache folder)')
    .option('--if-needed', 'with --install: only where none loads or one is damaged; compares no checksums')
    .option('--json', 'print the findings as one JSON object')
    .action(async (flags: DoctorFlags) => setExitCode(await doctorCommand(flags)));
  return dinnb;
}

async function main(): Promise<void> {
  endOnClosedPipe();
  let exitCode = 0;
  try {
    await program((code) => {
      exitCode = code;
    }).parseAsync();
  } catch (error) {
    exitCode = exitCodeOf(error);
  }
  process.exitCode = exitCode;
}

/** 2 for usage and unreadable input; commander has printed its own message already. */
function exitCodeOf(error: unknown): number {
  if (error instanceof Error && 'exitCode' in error && 'code' in error && String(error.code).startsWith('commander.')) {
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof UsageError) {
    console.error(error.message);
    return 2;
  }
  console.error(error instanceof Error ? (process.env.DINNB_LOG ? error.stack : error.message) : error);
  return 1;
}

void main();
