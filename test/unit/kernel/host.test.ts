import { expect, test } from 'vitest';
import { deathError, deathReason } from '../../../src/host/death';
import { nodeFlags } from '../../../src/host/node-version';
import { hasSafeAsyncContext } from '../../../src/kernel/main/runs';

test('flags by version of Node: never async_hooks below a termination', () => {
  const flags = (version: string) => nodeFlags(version).join(' ');
  expect(flags('20.11.0')).toBe('--no-force-async-hooks-checks');
  expect(flags('22.6.0')).toBe('--no-force-async-hooks-checks');
  expect(flags('22.12.0')).toBe('--no-force-async-hooks-checks --experimental-async-context-frame');
  expect(flags('24.0.0')).toBe('--no-force-async-hooks-checks');
  expect(hasSafeAsyncContext('20.11.0', nodeFlags('20.11.0'))).toBe(false);
  expect(hasSafeAsyncContext('22.12.0', nodeFlags('22.12.0'))).toBe(true);
  expect(hasSafeAsyncContext('24.1.0', [])).toBe(true);
  expect(hasSafeAsyncContext('24.1.0', ['--no-async-context-frame'])).toBe(false);
});

test.each([
  [
    { code: 134, signal: null },
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    undefined,
    /ran out of memory.*exit code 134.*max-old-space-size/,
  ],
  [{ code: null, signal: 'SIGKILL' }, '', undefined, /killed \(signal SIGKILL\)/],
  [{ code: null, signal: 'SIGSEGV' }, 'last words', undefined, /crashed \(signal SIGSEGV\)[\s\S]*last words/],
  [
    { code: 3, signal: null },
    '',
    'process.exit(3) was called in cell 2',
    /process\.exit\(3\) was called in cell 2 \(exit code 3\)/,
  ],
  [{ code: 1, signal: null }, 'a\nb', undefined, /ended by itself \(exit code 1\)[\s\S]*a\nb/],
  [{ code: null, signal: null }, 'spawn ENOENT', undefined, /did not start[\s\S]*ENOENT/],
] as const)('why a kernel ended: %j', (exit, text, announced, expected) => {
  const reason = deathReason(exit, text, announced);
  expect(reason).toMatch(expected);
  expect(deathError(reason)).toMatchObject({
    name: 'KernelDied',
    message: expect.stringMatching(/Restart the kernel/),
  });
});
