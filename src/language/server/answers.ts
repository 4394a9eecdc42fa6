import { diagnose } from '../diagnostics';
import type { Question, Questions } from '../messages';
import type { CellService } from './cell-service';
import { inlayHints, tokens } from './colours';
import { completionDetails, completions, signatures } from './completion';
import { fixes, format } from './edits';
import { definition, highlights, hover, references, rename, renameable, typeDefinition } from './navigation';
import type { ServedNotebook } from './notebooks';
import { folding, outline } from './outline';

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

function problems(notebook: ServedNotebook): Questions['problems']['answer'] {
  const byCell = new Map(
    notebook.cells.map((cell) => [
      cell,
      { cell, problems: [] as Questions['problems']['answer']['cells'][number]['problems'] },
    ]),
  );
  for (const problem of diagnose(notebook.program)) byCell.get(notebook.cells[problem.cell]!)?.problems.push(problem);
  return { cells: [...byCell.values()], configuration: notebook.program.problems };
}
