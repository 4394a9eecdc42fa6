import path from 'node:path';

/**
 * The inside of an installation, as tfjs-node's addon expects it: the addon finds the libraries at
 * `../../deps/lib` from itself.
 */
export const ADDON_IN_INSTALLATION = path.join('lib', 'napi-v8', 'tfjs_binding.node');
export const LIBRARIES_IN_INSTALLATION = path.join('deps', 'lib');
export const HEADERS_IN_INSTALLATION = path.join('deps', 'include');
export const MANIFEST_IN_INSTALLATION = 'manifest.json';

export function addonPath(installation: string): string {
  return path.join(installation, ADDON_IN_INSTALLATION);
}

export function librariesPath(installation: string): string {
  return path.join(installation, LIBRARIES_IN_INSTALLATION);
}

export function headersPath(installation: string): string {
  return path.join(installation, HEADERS_IN_INSTALLATION);
}

/**
 * Names under which one and the same library is looked for.
 *
 * The Python wheel says `libtensorflow_cc.so.2`, the C distribution `libtensorflow.so.2`, the linker asks for
 * `libtensorflow.so`; an addon built against either must load with either.
 */
export function libraryNames(platform: NodeJS.Platform): { tensorflow: string[]; framework: string[] } {
  if (platform === 'win32') return { tensorflow: ['tensorflow.dll'], framework: [] };
  const [before, after] = platform === 'darwin' ? ['.2.dylib', '.dylib'] : ['.so.2', '.so'];
  return {
    tensorflow: [`libtensorflow_cc${before}`, `libtensorflow${before}`, `libtensorflow${after}`],
    framework: [`libtensorflow_framework${before}`, `libtensorflow_framework${after}`],
  };
}
