import { escapeHtml } from '../base/escape';
import { counted } from '../base/words';
import type { CheckReport } from './check';
import type { LeftOut } from './compare';

/** A check as a terminal shows it. */
export function printCheck({
  same,
  problems,
  cells,
  leftOut,
  reasons,
  seconds,
  compared,
  backend,
  tensorflow,
}: CheckReport): string {
  const lines: string[] = [];
  for (const { number, id, heading, differences } of cells) {
    lines.push(`cell ${number} (${id}) differs: ${heading}`);
    for (const { where, old, new: now } of differences)
      lines.push(`  ${where}`, `    saved: ${indented(old)}`, `    now:   ${indented(now)}`);
  }
  // Where nothing differs too: what the notebook says that it ran on and of may be wrong.
  if (reasons.length > 0)
    lines.push(
      '',
      same ? 'It came out the same in spite of:' : 'It may differ because of:',
      ...reasons.map((reason) => `  ${reason}`),
    );
  else if (!same && cells.length > 0 && problems.length === 0)
    lines.push('', 'Nothing is known to have changed: is there randomness without a seed, or a time in these outputs?');
  if (leftOut.length > 0) lines.push('', `${LEFT_OUT}:`, ...leftOutTexts(leftOut).map((text) => `  ${text}`));
  const outcome = same
    ? `same: ${counted(compared, 'code cell')} gave what the notebook holds`
    : `different: ${cells.length} of ${counted(compared, 'code cell')}${problems.length > 0 ? `, ${counted(problems.length, 'problem')} of the notebook itself` : ''}`;
  lines.push('', `${outcome} (${seconds.toFixed(1)} s, ${backend} TensorFlow ${tensorflow})`);
  return `${lines.join('\n')}\n`.replace(/^\n/, '');
}

const LEFT_OUT = 'Left out as times, rates and places of the machine';

/** Who reads it sees whether a result was taken for a time. */
const leftOutTexts = (leftOut: readonly LeftOut[]): string[] =>
  leftOut.map(
    ({ number, count, old, new: now }) =>
      `cell ${number}: '${old}' is '${now}' now${count > 1 ? `, and ${count - 1} more` : ''}`,
  );

const indented = (text: string): string => text.replace(/\n/g, '\n           ');

/** JUnit's XML, one test case a cell: what build servers show. */
export function junitOf(
  name: string,
  report: CheckReport,
  cells: { id: string; number: number; heading: string }[],
): string {
  const differing = new Map(report.cells.map((cell) => [cell.id, cell]));
  const cases = cells.map(({ id, number, heading }) => {
    const failures = [
      ...(differing.get(id)?.differences ?? []).map(
        ({ where, old, new: now }) => `${where}\nsaved: ${old}\nnow: ${now}`,
      ),
      ...report.problems.filter((problem) => problem.cell === id).map(({ message }) => message),
    ];
    const body = failures.length > 0 ? `<failure message="differs">${xml(failures.join('\n\n'))}</failure>` : '';
    return `<testcase classname="${xml(name)}" name="${xml(`cell ${number} ${id}: ${heading}`)}">${body}</testcase>`;
  });
  const rest = report.problems.filter(({ cell }) => cell === undefined);
  const whole = `<testcase classname="${xml(name)}" name="notebook">${rest.map(({ message }) => `<failure message="${xml(message)}"/>`).join('')}</testcase>`;
  const failed = [...cases, whole].filter((text) => text.includes('<failure')).length;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="${xml(name)}" tests="${cases.length + 1}" failures="${failed}" time="${report.seconds.toFixed(3)}">
${[...cases, whole].join('\n')}
</testsuite></testsuites>
`;
}

/** Without the characters that XML cannot hold at all. */
const xml = (text: string): string =>
  escapeHtml(text).replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');

/** A page with old and new side by side; it loads nothing and runs nothing. */
export function checkToHtml(name: string, report: CheckReport): string {
  const rows = report.cells.map(
    ({ number, id, heading, differences }) =>
      `<h2>Cell ${number} <code>${escapeHtml(id)}</code></h2><p><code>${escapeHtml(heading)}</code></p><table><tr><th>where</th><th>saved</th><th>now</th></tr>${differences
        .map(
          ({ where, old, new: now }) =>
            `<tr><td>${escapeHtml(where)}</td><td><pre>${escapeHtml(old)}</pre></td><td><pre>${escapeHtml(now)}</pre></td></tr>`,
        )
        .join('')}</table>`,
  );
  const list = (title: string, items: readonly string[]) =>
    items.length > 0 ? `<h2>${title}</h2><ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>` : '';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(name)}: ${report.same ? 'same' : 'different'}</title>
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #8886;padding:4px 8px;text-align:left;vertical-align:top}pre{margin:0;white-space:pre-wrap}</style></head>
<body><h1>${escapeHtml(name)}: ${report.same ? 'the same' : 'different'}</h1>
<p>${counted(report.compared, 'code cell')}, ${report.seconds.toFixed(1)} s, ${escapeHtml(report.backend)} TensorFlow ${escapeHtml(report.tensorflow)}. Before: ${escapeHtml(report.certificate)}.</p>
${list(
  'The notebook itself',
  report.problems.map(({ message }) => message),
)}${rows.join('\n')}${list('Why it may differ', report.reasons)}${list(LEFT_OUT, leftOutTexts(report.leftOut))}
</body></html>
`;
}
