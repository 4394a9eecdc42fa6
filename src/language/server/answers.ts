import { diagnose } from '../diagnostics';
import type { Question, Questions } from '../messages';
import type { CellService } from './cell-service';
import { inlayHints, tokens } from './colours';
import { completionDetails, completions, signatures } from './completion';
import { fixes, format } from './edits';
import { definition, highlights, hover, references, typeDefinition } from './navigation';
import type { ServedNotebook } from './notebooks';
import { folding, outline } from './outline';
import { rename, renameable } from './rename';

type Answers = {
  [Q in Question]: (notebook: ServedNotebook, params: Questions[Q]['params']) => Questions[Q]['answer'];
};

/** How each question is answered. */
export function answersWith(cells: CellService): Answers {
  return {
    problems,
    completions,
    completionDetails,
    hover,
    signatures,
    definition,
    typeDefinition,
    references,
    highlights,
    renameable,
    rename,
    fixes,
    tokens,
    inlayHints,
    format: (notebook, params) => format(cells, notebook.source(params.cell), params),
    folding: (notebook, { cell }) => folding(cells, notebook.source(cell)),
    outline: (notebook, { cell }) => outline(cells, notebook.source(cell)),
  };
}

/** What is told where TypeScript fails on a notebook whatever cell is left out: at its first cell, because nothing is known of the others. */
export function failure(notebook: ServedNotebook, error: unknown): Questions['problems']['answer'] {
  const said = (error instanceof Error ? error.message : String(error)).split('\n')[0];
  const message = `TypeScript failed on this notebook, whose cells are not checked until one changes: ${said}`;
  const first = { start: 0, end: 1, severity: 'error', code: 0, message } as const;
  const cells = notebook.own.map((cell, index) => ({ cell, problems: index === 0 ? [{ cell: 0, ...first }] : [] }));
  return { cells, configuration: notebook.program.problems };
}

function problems(notebook: ServedNotebook): Questions['problems']['answer'] {
  const byCell = new Map(
    notebook.own.map((cell) => [
      cell,
      { cell, problems: [] as Questions['problems']['answer']['cells'][number]['problems'] },
    ]),
  );
  for (const problem of diagnose(notebook.program)) byCell.get(notebook.cells[problem.cell]!)?.problems.push(problem);
  return { cells: [...byCell.values()], configuration: notebook.program.problems };
}
