import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  cpuOf,
  type Found,
  type Input,
  KEY_MS,
  lineOf,
  memoryOf,
  runToEnd,
  sleep,
  THOUGHT_MS,
  wrongLine,
} from './typing';

// TypeScript's own server, as VS Code's TypeScript uses it, on the cells as one file: `tsserver.cjs INPUT`.

async function main(): Promise<void> {
  const { root, notebook, cells, words } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Input;
  const library = path.join(root, 'node_modules', 'typescript', 'lib', 'tsserver.js');
  const server = spawn(process.execPath, [
    library,
    '--disableAutomaticTypingAcquisition',
    '--suppressDiagnosticEvents',
  ]);
  const types = path.join(root, 'dist', 'types');
  const head = [
    `/// <reference path="${types}/tensorflow.d.ts" />`,
    `/// <reference path="${types}/node/index.d.ts" />`,
    `declare const tf: typeof import('@tensorflow/tfjs'); declare const din: typeof import('${types}/din/index');`,
    'declare function display(value: unknown): void; declare const params: any; export {};',
  ].join('\n');
  // Cells that declare a name again would be errors: those of the sample do not.
  const half = Math.floor(cells.length / 2);
  const sources = cells.map(({ source }) => source);
  const file = `${notebook}.cells.ts`;
  const textBefore = [head, ...sources.slice(0, half + 1)].join('\n;\n');
  const textAfter = `\n;\n${sources.slice(half + 1).join('\n;\n')}\n`;
  const line = textBefore.split('\n').length + 1;

  let sequence = 0;
  const waiting = new Map<number, (body: unknown) => void>();
  let rest = Buffer.alloc(0);
  server.stdout.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data]);
    for (;;) {
      const headEnd = rest.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(rest.toString('utf8', 0, headEnd))![1]);
      if (rest.length < headEnd + 4 + length) return;
      const message = JSON.parse(rest.toString('utf8', headEnd + 4, headEnd + 4 + length)) as {
        type: string;
        request_seq: number;
        body: unknown;
      };
      rest = rest.subarray(headEnd + 4 + length);
      if (message.type !== 'response') continue;
      waiting.get(message.request_seq)?.(message.body);
      waiting.delete(message.request_seq);
    }
  });
  const send = (command: string, args: object): number => {
    sequence += 1;
    server.stdin.write(`${JSON.stringify({ seq: sequence, type: 'request', command, arguments: args })}\n`);
    return sequence;
  };
  const ask = (command: string, args: object) =>
    new Promise<unknown>((resolve) => waiting.set(send(command, args), resolve));
  let typed = '';
  /** The line below the middle cell becomes another text; its completions. */
  const type = async (text: string) => {
    send('change', { file, line, offset: 1, endLine: line, endOffset: typed.length + 1, insertString: text });
    typed = text;
    const found = await ask('completionInfo', { file, line, offset: text.length + 1 });
    if (!found && text.endsWith('.')) throw new Error(`no completions behind ${text}`);
  };

  const opened = performance.now();
  send('configure', {
    preferences: {
      includeCompletionsForModuleExports: true,
      includeCompletionsWithInsertText: true,
      allowIncompleteCompletions: false,
    },
  });
  send('compilerOptionsForInferredProjects', {
    options: {
      strict: true,
      noImplicitAny: false,
      module: 'esnext',
      moduleResolution: 'bundler',
      target: 'esnext',
      lib: ['esnext'],
      types: [],
      skipLibCheck: true,
      allowJs: true,
      esModuleInterop: true,
    },
  });
  send('open', {
    file,
    fileContent: `${textBefore}\n\n${textAfter}`,
    scriptKindName: 'TS',
    projectRootPath: path.dirname(file),
  });
  await type('tf.');
  const first = performance.now() - opened;
  const firstCpu = cpuOf(server.pid!);
  const wrong = async () => {
    const [, semantic] = await Promise.all([
      ask('syntacticDiagnosticsSync', { file }),
      ask('semanticDiagnosticsSync', { file }),
    ]);
    return (semantic as { code: number }[]).some(({ code }) => code === 2322);
  };
  await wrong();
  const completion: number[] = [];
  const error: number[] = [];
  for (let word = 0; word < words; word++) {
    const whole = lineOf(word);
    for (let length = 1; length <= whole.length; length++) {
      const asked = performance.now();
      await type(whole.slice(0, length));
      completion.push(performance.now() - asked);
      await sleep(Math.max(0, KEY_MS - (performance.now() - asked)));
    }
    await wrong();
    await sleep(THOUGHT_MS);
    const asked = performance.now();
    await type(wrongLine(word));
    if (!(await wrong())) throw new Error('The error was not found.');
    error.push(performance.now() - asked);
    await sleep(THOUGHT_MS);
  }
  const { now, peak } = memoryOf(server.pid!);
  server.kill();
  const found: Found = { first, firstCpu, completion, error, memory: now, peak };
  console.log(JSON.stringify(found));
}

runToEnd(main);
