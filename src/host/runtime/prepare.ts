import type { Manifest } from './manifest';
import type { InstallProgress } from './types';

/** What filling a staging folder yields: the parts of its manifest. */
export type Prepared = Pick<Manifest, 'source' | 'addon' | 'tensorflow' | 'xla' | 'downloads'>;

export interface PrepareOptions {
  progress(progress: InstallProgress): void;
  signal?: AbortSignal;
}
