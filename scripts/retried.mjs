// A vitest reporter that writes the names of tests which failed first and passed when tried again, and why they failed: scripts/test.mjs lists
// them last.
import { writeFileSync } from 'node:fs';

const placeOf = (stacks) =>
  (stacks ?? []).map(({ file, line }) => `${file.split('/').slice(-2).join('/')}:${line}`).join(' < ');

export default class Retried {
  onTestRunEnd(modules) {
    const names = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0) {
          const why = (errors ?? []).map(({ message, stacks }) => `${message} ${placeOf(stacks)}`.trim()).join('\n');
          names.push(`${module.relativeModuleId}: ${test.fullName}\n${why.replace(/^/gm, '    ')}`);
        }
      }
    }
    writeFileSync(process.env.DINNB_RETRIED, JSON.stringify(names));
  }
}
