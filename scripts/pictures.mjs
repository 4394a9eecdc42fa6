// The pictures of the README: `node scripts/pictures.mjs`, after the end-to-end tests at-hand and first-hour, takes them from what these
// tests have seen. The first is an animation (APNG), which pages and VS Code show like any picture.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { projectRoot } from './vscode/paths.mjs';

const seen = (name) => path.join(projectRoot, 'test-results', 'e2e', `${name}.png`);
const folder = path.join(projectRoot, 'media', 'readme');
const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
/** How long each picture is shown, in ms. */
const SHOWN = 1800;

function chunks(file) {
  const bytes = readFileSync(file);
  const found = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), data: bytes.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return found;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function numbers(...values) {
  const buffer = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    buffer.writeUInt32BE(value, 4 * index);
  });
  return buffer;
}

/** Pictures of one size, one after the other. */
function animation(files) {
  const pictures = files.map(chunks);
  const header = pictures[0].find(({ type }) => type === 'IHDR').data;
  for (const [index, picture] of pictures.entries()) {
    if (!picture.find(({ type }) => type === 'IHDR').data.equals(header))
      throw new Error(`${files[index]} has not the size and the colours of ${files[0]}.`);
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  let sequence = 0;
  const frames = pictures.flatMap((picture, index) => {
    const data = picture.filter(({ type }) => type === 'IDAT').map((part) => part.data);
    const delay = Buffer.from([SHOWN >> 8, SHOWN & 255, 1000 >> 8, 1000 & 255, 0, 0]);
    const control = chunk('fcTL', Buffer.concat([numbers(sequence++, width, height, 0, 0), delay]));
    const drawn = data.map((part) =>
      index === 0 ? chunk('IDAT', part) : chunk('fdAT', Buffer.concat([numbers(sequence++), part])),
    );
    return [control, ...drawn];
  });
  const parts = [chunk('IHDR', header), chunk('acTL', numbers(files.length, 0)), ...frames];
  return Buffer.concat([SIGNATURE, ...parts, chunk('IEND', Buffer.alloc(0))]);
}

mkdirSync(folder, { recursive: true });
const hour = ['hour-1-new', 'hour-2-error', 'hour-3-table', 'hour-4-variables'];
writeFileSync(path.join(folder, 'first-hour.png'), animation(hour.map(seen)));
copyFileSync(seen('parameters-form'), path.join(folder, 'parameters.png'));
copyFileSync(seen('variables-tensor'), path.join(folder, 'variables.png'));
