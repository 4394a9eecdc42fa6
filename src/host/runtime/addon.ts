import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { buildAddon, requireBuildTools } from './addon-build';
import { target } from './cache';
import { StepError } from './errors';
import { ADDON_IN_INSTALLATION, addonPath } from './layout';
import type { Machine } from './machine';
import type { Manifest } from './manifest';
import { probe } from './probe';

/** A way to bring the addon into an installation; returns false when it is not available at all. */
export interface AddonSource {
  kind: Manifest['addon'];
  bring(): Promise<boolean>;
}

/** Where an addon that comes with this package would lie. */
function shippedAddon(machine: Machine): string {
  return path.join(machine.packageRoot, 'prebuilt', target(machine), path.basename(ADDON_IN_INSTALLATION));
}

/**
 * Called before anything large is downloaded, which would be in vain.
 *
 * @throws StepError when no addon came with this package and none can be built here
 */
export async function requireSomeAddon(machine: Machine): Promise<void> {
  if (!existsSync(shippedAddon(machine))) await requireBuildTools(machine);
}

/** The addon that came with this package, built against the same C API: no compiler is needed then. */
export function prebuiltAddon(machine: Machine, installation: string): AddonSource {
  return {
    kind: 'prebuilt',
    bring: async () => {
      const shipped = shippedAddon(machine);
      if (!existsSync(shipped)) return false;
      await mkdir(path.dirname(addonPath(installation)), { recursive: true });
      await copyFile(shipped, addonPath(installation));
      return true;
    },
  };
}

/** The addon, compiled here. `prepare` fetches what only a build needs. */
export function builtAddon(
  machine: Machine,
  installation: string,
  options: { signal?: AbortSignal; onLine?(line: string): void; prepare(): Promise<void> },
): AddonSource {
  return {
    kind: 'built',
    bring: async () => {
      await options.prepare();
      await buildAddon(machine, installation, options);
      return true;
    },
  };
}

/**
 * Tries the sources in turn until the addon loads together with the libraries of the installation.
 *
 * @throws StepError with the reason of the last source that was available
 */
export async function bringAddon(
  machine: Machine,
  installation: string,
  sources: AddonSource[],
  signal?: AbortSignal,
): Promise<{ kind: Manifest['addon']; tensorflow: string; xla: boolean }> {
  let reason = 'there is no addon for this platform';
  for (const { kind, bring } of sources) {
    try {
      if (!(await bring())) continue;
    } catch (error) {
      signal?.throwIfAborted();
      reason = error instanceof Error ? error.message : String(error);
      continue;
    }
    const result = await probe(machine, addonPath(installation), signal);
    if (result.ok) return { kind, tensorflow: result.tensorflow, xla: result.xla };
    reason = `the ${kind} addon: ${result.reason}`;
    await rm(addonPath(installation), { force: true });
  }
  throw new StepError(reason);
}
