interface InstallOptions {
  cache?: string;
  log?(line: string): void;
}

export function ensureVsCode(options?: InstallOptions): Promise<{ node: string; entry: string; webviews: string }>;
export function ensureChromium(options?: InstallOptions): Promise<string>;
