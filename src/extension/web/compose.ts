import type * as vscode from 'vscode';
import { documentCommands, registerAll } from '../commands/documents';
import { BrokenFiles } from '../documents/broken-files';
import { assignCellIds } from '../documents/cell-ids';
import { adoptTypeScriptCells } from '../documents/cell-language';
import { MergeConflicts } from '../documents/merge-conflicts';
import { SaveGuard } from '../documents/save-guard';
import { DinnbSerializer } from '../documents/serializer';
import { readFilesAsJson } from '../documents/text-files';
import { showParametersTag } from '../parameters/tag';
import { createController, preferForNotebooks } from '../running/controller';
import { readSettings } from '../settings';
import { NOTEBOOK_TYPE, type VS } from '../vs';

/** What a web page can do with a notebook: show it with its outputs, edit, save, export it. What needs a process says so. */
export function composeForWeb(vs: VS, context: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const log = own(vs.window.createOutputChannel('dinnb', { log: true }));
  const refuse = async () => {
    await vs.window.showInformationMessage(
      vs.l10n.t(
        'Cells do not run in a browser: they need a Node process. Open this notebook in VS Code on a computer, or in one that is connected to a computer (SSH, a container, a codespace). Here it can be read, edited, saved and exported.',
      ),
    );
  };
  const controller = own(createController(vs));
  controller.label = vs.l10n.t('dinnb (does not run in a browser)');
  // Not awaited: a message is over when it is closed, and until then the cell would wait.
  controller.executeHandler = () => void refuse();
  own(preferForNotebooks(vs, controller));
  const conflicts = own(new MergeConflicts(vs));
  const broken = own(new BrokenFiles(vs));
  const guard = own(new SaveGuard(vs, (notebook) => void broken.tell(notebook.uri)));
  const serializer = new DinnbSerializer(vs, {
    saveMode: () => readSettings(vs).saveOutputs,
    refusal: (cells) => guard.takeRefusal(cells),
    // Nothing runs here: it stays what it was.
    environment: (_cells, before) => before,
    onBytes: (content) => guard.saw(content),
    onBroken: (error) => {
      log.error(error.message);
      void broken.tellOfActive();
    },
  });
  own(vs.workspace.registerNotebookSerializer(NOTEBOOK_TYPE, serializer));
  own(assignCellIds(vs));
  own(adoptTypeScriptCells(vs));
  own(readFilesAsJson(vs));
  own(showParametersTag(vs, () => undefined));
  const able = documentCommands(vs, { extensionUri: context.extensionUri, conflicts });
  const all: { command: string }[] = context.extension.packageJSON.contributes.commands;
  const unable = all.filter(({ command }) => !(command in able)).map(({ command }) => [command, refuse] as const);
  for (const command of registerAll(vs, log, { ...Object.fromEntries(unable), ...able })) own(command);
}
