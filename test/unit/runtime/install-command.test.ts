import { expect, test } from 'vitest';
import { installCommand } from '../../../src/tensorflow/installation';

test.each([
  ['/clone/dist/dinnb.js', '/clone', 'node dist/dinnb.js doctor --install'],
  ['/clone/dist/dinnb.js', '/elsewhere', 'node /clone/dist/dinnb.js doctor --install'],
  ['/my clone/dist/dinnb.js', '/elsewhere', 'node "/my clone/dist/dinnb.js" doctor --install'],
  ['/usr/local/bin/dinnb', '/clone', 'dinnb doctor --install'],
  ['/vscode/out/bootstrap-fork.js', '/', 'dinnb doctor --install'],
  [undefined, '/', 'dinnb doctor --install'],
])('started as %s in %s: %s', (script, cwd, command) => {
  expect(installCommand(script, cwd)).toBe(command);
});
