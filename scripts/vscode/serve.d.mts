/** What `serveVsCode` needs to know; see serve.mjs. */
export interface ServeOptions {
  /** A folder of its own; settings are written there. */
  userDataDir: string;
  extensionsDir: string;
  /** 0 (the default) takes a free one. */
  port?: number;
  /** True: Workspace Trust is on, and a new folder is untrusted. */
  trust?: boolean;
  /** Asked for before anything is shown; without one everybody on this machine is let in. */
  password?: string;
  settings?: { [name: string]: unknown };
  env?: { [name: string]: string | undefined };
}

export interface ServedVsCode {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  log(): string;
  ended: Promise<void>;
  stop(): Promise<void>;
}

export function serveVsCode(options: ServeOptions): Promise<ServedVsCode>;
export function linkExtension(extensionsDir: string, folder?: string): void;
export function installVsix(file: string, options: { extensionsDir: string; userDataDir: string }): Promise<string>;
export function extensionFolderName(folder: string): string;
export function workbenchUrl(origin: string, folder: string, file?: string): string;
