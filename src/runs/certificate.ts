import { textHash } from '../base/hash';
import { listed } from '../base/words';
import type { NotebookDocument } from '../notebook/document';
import { printNotebookBytes } from '../notebook/print';

export type Environment = { [name: string]: unknown };

/** Where and when a rerun gave the same. */
export interface Reproduction {
  platform: string;
  backend: string;
  tensorflow: string;
  node: string;
  dinnb: string;
  processors?: number;
  /** Instruction sets, as in the environment block. */
  cpu?: string;
  /** How far numbers might lie apart; absent where they had to be equal. */
  tolerance?: number;
  /** `2026-01-31`, the last of them. */
  date: string;
}

/** That reruns of a notebook gave what it holds. No signature: it shows changes, not who made it. */
export interface Certificate {
  /** SHA-256 of the code cells, in order, their outputs and the environment block. */
  content: string;
  reproduced: Reproduction[];
  /** SHA-256 of the certificate itself. */
  seal: string;
}

export type CertificateState =
  | { state: 'never checked' }
  | { state: 'reproduced'; certificate: Certificate }
  | { state: 'changed'; reason: string };

/** The field of the file that holds it. */
const FIELD = 'certificate';

/** Markdown, titles and what later versions add may change: they are not what was run. Nor is when: a run that gives the same keeps what was found. */
export function contentHash(document: NotebookDocument): string {
  const cells = document.cells.flatMap((cell) => {
    if (cell.kind !== 'code') return [];
    const execution = cell.execution && { ...cell.execution, startedAt: 0, endedAt: 0 };
    return [{ ...cell, execution, unknown: {} }];
  });
  return textHash(printNotebookBytes({ version: 1, cells, environment: document.environment ?? {}, unknown: {} }));
}

const sealOf = (content: string, reproduced: readonly Reproduction[]) =>
  textHash(JSON.stringify([content, reproduced]));

const isReproduction = (value: Partial<Reproduction> | null): boolean =>
  typeof value === 'object' && typeof value?.date === 'string' && typeof value.platform === 'string';

export function certificateOf(document: NotebookDocument): CertificateState {
  const value = document.unknown[FIELD];
  if (value === undefined) return { state: 'never checked' };
  const certificate = value as Partial<Certificate> | null;
  const { content, reproduced, seal } = certificate ?? {};
  const isWhole = typeof content === 'string' && Array.isArray(reproduced) && reproduced.every(isReproduction);
  if (!isWhole || seal !== sealOf(content, reproduced))
    return { state: 'changed', reason: 'the certificate itself was altered' };
  if (content !== contentHash(document))
    return {
      state: 'changed',
      reason: 'a source, an output, the order of the cells or what they ran on was changed since',
    };
  return { state: 'reproduced', certificate: certificate as Certificate };
}

/**
 * The document with one more reproduction. One that was altered since it was checked says things of its making that no run may stand
 * behind: then its environment block becomes that of the rerun, `on`.
 */
export function certified(saved: NotebookDocument, on: Environment, date: Date, tolerance = 0): NotebookDocument {
  const before = certificateOf(saved);
  const document = before.state === 'changed' ? { ...saved, environment: on } : saved;
  const text = (name: string) => String(on[name]);
  const reproduction: Reproduction = {
    platform: text('platform'),
    backend: text('backend'),
    tensorflow: text('tensorflow'),
    node: text('node'),
    dinnb: text('dinnb'),
    ...(typeof on.processors === 'number' && { processors: on.processors }),
    ...(Array.isArray(on.cpu) && { cpu: on.cpu.join(' ') }),
    ...(tolerance > 0 && { tolerance }),
    date: date.toISOString().slice(0, 10),
  };
  const place = ({ date: _date, tolerance: _tolerance, ...rest }: Reproduction) =>
    JSON.stringify(Object.entries(rest).sort());
  const isSamePlace = (other: Reproduction) => place(other) === place(reproduction);
  const others = before.state === 'reproduced' ? before.certificate.reproduced.filter((one) => !isSamePlace(one)) : [];
  const content = contentHash(document);
  const reproduced = [...others, reproduction];
  const certificate: Certificate = { content, reproduced, seal: sealOf(content, reproduced) };
  return { ...document, unknown: { ...document.unknown, [FIELD]: certificate } };
}

export function withoutCertificate(document: NotebookDocument): NotebookDocument {
  const { [FIELD]: _certificate, ...unknown } = document.unknown;
  return { ...document, unknown };
}

/** `reproduced on 2026-01-31 on linux-x64, native TensorFlow 2.21.0`. */
export function describeCertificate(state: CertificateState): string {
  if (state.state === 'never checked') return 'never checked';
  if (state.state === 'changed') return `changed since it was checked: ${state.reason}`;
  const places = state.certificate.reproduced.map(
    ({ date, platform, backend, tensorflow, tolerance }) =>
      `${date} on ${platform}, ${backend} TensorFlow ${tensorflow}${tolerance === undefined ? '' : `, within ${tolerance}`}`,
  );
  return `reproduced ${places.join('; ')}`;
}

/** What tells this machine from others. */
export type Machine = Pick<Reproduction, 'platform' | 'processors' | 'cpu'>;

/** `reproduced on 2026-01-31 (twice, here and on darwin-arm64)`, for a place where there is room for one line. */
export function certificateBadge(state: CertificateState, here: Machine): string {
  if (state.state === 'never checked') return 'never checked';
  if (state.state === 'changed') return 'changed since it was checked';
  const { reproduced } = state.certificate;
  const isHere = (one: Reproduction) =>
    one.platform === here.platform && one.processors === here.processors && one.cpu === here.cpu;
  const placeOf = (one: Reproduction) =>
    `${isHere(one) ? 'here' : `on ${one.platform}`}${one.backend === 'wasm' ? ' with WebAssembly' : ''}${one.tolerance === undefined ? '' : ` within ${one.tolerance}`}`;
  const places = [...new Set(reproduced.map(placeOf))].sort(
    (a, b) => Number(b.startsWith('here')) - Number(a.startsWith('here')),
  );
  const times = ['', '', 'twice, '][reproduced.length] ?? `${reproduced.length} times, `;
  const last = reproduced
    .map(({ date }) => date)
    .sort()
    .at(-1);
  return `reproduced on ${last} (${times}${listed(places)})`;
}
