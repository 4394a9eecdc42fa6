import { formatBytes } from './disk';
import type { DoctorReport } from './doctor';

const WAYS = {
  existing: 'installed already',
  official: 'official download',
  wheel: 'Python wheel',
  wasm: 'WebAssembly',
};

/** The report as text for a terminal: what is used, why, and what to do. */
export function printDoctor(report: DoctorReport): string {
  const { chosen, tools } = report;
  const lines = [
    heading(report),
    '',
    `Node       ${report.node.version} (${report.node.path}), ${report.platform}`,
    `Cache      ${report.cache.folder}, ${formatBytes(report.cache.bytes)}`,
    `pip        ${tools.pip ?? 'none'}`,
    `compiler   ${tools.compiler ?? 'none'}`,
    `make       ${tools.make ?? 'none'}`,
    `Python     ${tools.python ?? 'none'} (only to fetch and build, never to run)`,
    '',
    ...report.ways.map(({ step, available, reason }) => `${available ? '+' : '-'} ${WAYS[step].padEnd(18)} ${reason}`),
  ];
  if (report.installations.length > 0) {
    lines.push('', 'Installations:');
    for (const { ok, origin, addon, reason } of report.installations) {
      lines.push(`${ok ? '+' : '-'} ${addon} (${origin}): ${reason}`);
    }
  }
  if (chosen?.backend === 'wasm' && chosen.notice) lines.push('', chosen.notice);
  if (report.remedies.length > 0) lines.push('', ...report.remedies.map((remedy) => `> ${remedy}`));
  return `${lines.join('\n')}\n`;
}

function heading({ chosen, problem, installations }: DoctorReport): string {
  if (problem) return `No TensorFlow can be used: ${problem}`;
  if (chosen?.backend !== 'native') return 'TensorFlow: WebAssembly backend, slower than native';
  const { xla } = installations.find(({ addon }) => addon === chosen.addon) ?? {};
  return `TensorFlow: native backend, libtensorflow ${chosen.tensorflow}${xla ? ' with XLA' : ''}`;
}
