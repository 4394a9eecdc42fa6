/** What `serveVsCode` needs to know; see serve.mjs. */
export interface ServeOptions {
  /** A folder of its own; settings are written there. */
  userDataDir: string;
  extensionsDir: string;
  /** 0 (the default) takes a free one. */
  port?: number;
  settings?: { [name: string]: unknown };
  env?: { [name: string]: string | undefined };
}

export interface ServedVsCode {
  /** Where a browser has to open it: a name below `localhost`, with the port. */
  origin: string;
  /** Of 127.0.0.1. */
  port: number;
  /** Without it the server shows nothing to anybody. */
  password: string;
  log(): string;
  ended: Promise<void>;
  stop(): Promise<void>;
}

export function serveVsCode(options: ServeOptions): Promise<ServedVsCode>;
export function writeSettings(userDataDir: string, settings: { [name: string]: unknown }): void;
export function linkExtension(extensionsDir: string, folder?: string): void;
export function installVsix(file: string, options: { extensionsDir: string; userDataDir: string }): Promise<string>;
export function extensionFolderName(folder: string): string;
export function workbenchUrl(server: Pick<ServedVsCode, 'origin' | 'password'>, folder: string, file?: string): string;
