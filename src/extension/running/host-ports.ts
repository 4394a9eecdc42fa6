import type { findNodes } from '../../host/find-nodes';
import type { KernelOptions, KernelSession } from '../../host/session';
import type { RuntimeSelection } from '../../protocol/messages';
import type { checkNotebook } from '../../runs/check';
import type { InstallOptions, InstallResult, RuntimeRequest, SelectOptions } from '../../tensorflow';

/** What the extension needs of `host`; tests give their own. */
export interface HostPorts {
  startKernel(options: KernelOptions): Promise<KernelSession>;
  selectRuntime(request: RuntimeRequest, options: SelectOptions): Promise<RuntimeSelection>;
  installRuntime(options: InstallOptions): Promise<InstallResult>;
  checkNotebook: typeof checkNotebook;
  findNodes: typeof findNodes;
}
