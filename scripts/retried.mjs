// A vitest reporter that writes the names of tests which failed first and passed when tried again: scripts/test.mjs lists them last.
import { writeFileSync } from 'node:fs';

export default class Retried {
  onTestRunEnd(modules) {
    const names = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0) {
          names.push(`${module.relativeModuleId}: ${test.fullName}`);
        }
      }
    }
    writeFileSync(process.env.DINNB_RETRIED, JSON.stringify(names));
  }
}
