import type * as vscode from 'vscode';
import type { ImportsOf } from '../runs/provenance';
import { registerTools } from './assistant/tools';
import { CertificateBadge } from './checking/badge';
import { Comparisons } from './checking/comparison';
import { Elsewhere } from './checking/elsewhere';
import { registerCommands } from './commands';
import { confirmRestart } from './commands/confirm-restart';
import { runAllWith } from './commands/run-with-parameters';
import { BrokenFiles } from './documents/broken-files';
import { assignCellIds } from './documents/cell-ids';
import { adoptTypeScriptCells } from './documents/cell-language';
import { MergeConflicts } from './documents/merge-conflicts';
import { SaveGuard } from './documents/save-guard';
import { DinnbSerializer } from './documents/serializer';
import { readFilesAsJson } from './documents/text-files';
import { showFirstSteps } from './first-steps';
import { offerSetUp, tellOfDeath, tellOfOtherFolder, tellSharers } from './notices';
import { ParametersForms } from './parameters/form';
import { showParametersTag } from './parameters/tag';
import { connectController, createController, requireTrust } from './running/controller';
import type { HostPorts } from './running/host-ports';
import { InputBox } from './running/input-box';
import { createMessaging, livePost } from './running/live-messaging';
import { LostKernels } from './running/lost-kernels';
import { OpenNotebooks } from './running/open-notebooks';
import { RunningCells } from './running/running-cells';
import { readSettings } from './settings';
import { ownReader, type SourceReader } from './source-reader';
import { StaleMarks } from './stale/marks';
import { KernelStatus } from './status';
import { VariablesView } from './variables/view';
import { NOTEBOOK_TYPE, type VS } from './vs';

/** What others need of the extension's parts. */
export interface Parts {
  log: vscode.LogOutputChannel;
  notebooks: OpenNotebooks;
  /** Files that cells may import have changed. */
  filesChanged(): void;
  /** Runs a cell under a debugger. */
  debugCell?(cell: vscode.NotebookCell): Promise<void>;
  /** Told when what runs in a notebook is being stopped. */
  onInterrupt?(notebook: vscode.NotebookDocument, stopped: Promise<void>): void;
  /** Told when notebooks share a kernel that did not, or the other way round. */
  onSharing?(): void;
  /** Who reads sources, if not this process. */
  reader?: SourceReader;
}

/** Makes the extension's parts and connects them; everything made is disposed with the extension. */
export function compose(vs: VS, context: vscode.ExtensionContext, host: HostPorts): Parts {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const log = own(vs.window.createOutputChannel('dinnb', { log: true }));
  let parts: Parts | undefined;
  const reader = () => parts?.reader ?? ownReader;
  const importsOf: ImportsOf = (sources, folder) => reader().imports({ sources, folder });
  const controller = own(createController(vs));
  const messaging = createMessaging(vs);
  // Before the kernels, which end with the extension: what it remembers is which of them did.
  const lost = own(new LostKernels(vs, context.workspaceState));
  const running = own(new RunningCells(vs, () => readSettings(vs).notifyAfter));
  const stale = own(
    new StaleMarks(
      vs,
      () => notebooks,
      () => readSettings(vs).markStale,
      importsOf,
    ),
  );
  const notebooks: OpenNotebooks = own(
    new OpenNotebooks(
      vs,
      controller,
      {
        host,
        live: livePost(messaging),
        inputBox: new InputBox(vs),
        running,
        stale,
        settings: (notebook) => readSettings(vs, notebook.uri),
        onLog: (line) => log.info(line),
        onState: (notebook) => {
          status.refresh();
          variables.observe(notebook);
          forms.refresh(notebook);
          const open = notebooks.find(notebook);
          const kernel = open?.kernel;
          lost.observe(notebook, kernel?.state ?? 'none');
          const notice = kernel?.runtime?.backend === 'wasm' ? kernel.runtime.notice : undefined;
          if (open?.isRunning && kernel?.info) elsewhere.started(notebook, kernel.info);
          if (notice) void offerSetUp(vs, context.globalState, notice);
        },
        onOtherFolder: (notebook) => void tellOfOtherFolder(vs, notebook, notebooks),
        onInterrupt: (notebook, stopped) => void parts?.onInterrupt?.(notebook, stopped),
        onSharing: () => parts?.onSharing?.(),
        importsOf,
        onShared: (did, by, others) => void tellSharers(vs, did, by, others),
        onDeath: (ofNotebooks, reason) => void tellOfDeath(vs, ofNotebooks, reason, notebooks, log),
      },
      context.workspaceState,
    ),
  );
  const variables = own(new VariablesView(vs, context.extensionUri, (notebook) => notebooks.find(notebook)?.kernel));
  const shapesOf = (cell: vscode.NotebookCell) => reader().parameters({ source: cell.document.getText() });
  const forms = own(
    new ParametersForms(vs, {
      messaging,
      kernelOf: (notebook) => notebooks.find(notebook)?.kernel,
      shapesOf,
      run: async (notebook, values) => {
        if (!(await requireTrust(vs))) return;
        const open = notebooks.of(notebook);
        await runAllWith(vs, notebook, open, values, () => confirmRestart(vs, open));
      },
    }),
  );
  const status = own(
    new KernelStatus(
      vs,
      (notebook) => notebooks.find(notebook)?.kernel,
      (notebook) => notebooks.sharerNames(notebook),
    ),
  );
  own(new CertificateBadge(vs, (notebook) => readSettings(vs, notebook.uri).saveOutputs));
  const conflicts = own(new MergeConflicts(vs));
  const comparisons = own(new Comparisons(vs));
  const elsewhere = own(new Elsewhere(vs, host, (line) => log.info(line)));
  const broken = own(new BrokenFiles(vs));
  const guard = own(new SaveGuard(vs, (notebook) => void broken.tell(notebook.uri)));
  const serializer = new DinnbSerializer(vs, {
    saveMode: () => readSettings(vs).saveOutputs,
    refusal: (cells) => guard.takeRefusal(cells),
    environment: (cells, before) => notebooks.environment(cells, before),
    onBytes: (content) => guard.saw(content),
    onBroken: (error) => {
      log.error(error.message);
      void broken.tellOfActive();
    },
  });
  own(vs.workspace.registerNotebookSerializer(NOTEBOOK_TYPE, serializer));
  own(
    connectController(vs, controller, {
      open: (notebook) => notebooks.of(notebook),
      find: (notebook) => notebooks.find(notebook),
    }),
  );
  own(assignCellIds(vs));
  own(adoptTypeScriptCells(vs));
  own(readFilesAsJson(vs));
  own(showFirstSteps(vs));
  own(showParametersTag(vs, (notebook) => notebooks.find(notebook)?.kernel));
  const debugCell = async (cell: vscode.NotebookCell) => parts?.debugCell?.(cell);
  for (const command of registerCommands(vs, {
    context,
    host,
    log,
    notebooks,
    comparisons,
    conflicts,
    stale,
    debugCell,
    shapesOf,
  }))
    own(command);
  for (const tool of registerTools(vs, {
    open: (notebook) => notebooks.chosen(notebook),
    find: (notebook) => notebooks.find(notebook),
  }))
    own(tool);
  parts = { log, notebooks, filesChanged: () => stale.filesChanged() };
  return parts;
}
