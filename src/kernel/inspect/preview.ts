import { types } from 'node:util';

/**
 * Values as short text without running any code of theirs: no getter, no proxy's trap, no `inspect` or `toString` of their own.
 */

const LENGTH = 120;
const ENTRIES = 8;

/** The own field of an object, when it is a value and not a getter. */
export function ownValue(object: object, name: PropertyKey): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  return descriptor && 'value' in descriptor ? descriptor.value : undefined;
}

/** The name of the class that made an object. */
export function className(object: object): string {
  if (types.isProxy(object)) return 'Proxy';
  for (
    let prototype: object | null = Object.getPrototypeOf(object);
    prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    if (types.isProxy(prototype)) return 'Object';
    const made = ownValue(prototype, 'constructor');
    const name = typeof made === 'function' && !types.isProxy(made) ? ownValue(made, 'name') : undefined;
    if (typeof name === 'string' && name !== '') return name;
  }
  return 'Object';
}

/** `instanceof` without asking the value or its class: `Symbol.hasInstance` and a proxy's traps are code. */
export function isA<T extends object>(value: object, made: abstract new (...parts: never[]) => T): value is T {
  for (let at: object | null = value; at && !types.isProxy(at); at = Object.getPrototypeOf(at)) {
    if (at === made.prototype) return true;
  }
  return false;
}

const trusted = new WeakSet<object>();

/** Classes whose fields and methods are not code of the notebook: TensorFlow's and the library's. */
export function trustClasses(module: unknown, depth = 0): void {
  if (typeof module !== 'object' || module === null || depth > 2) return;
  for (const value of Object.values(module)) {
    if (typeof value === 'function' && typeof value.prototype === 'object' && value.prototype)
      trusted.add(value.prototype as object);
    else trustClasses(value, depth + 1);
  }
}

export function isTrustedClass(prototype: object): boolean {
  return trusted.has(prototype);
}

/**
 * `isA`, and nothing about the value answers with code of the notebook when these fields are read or these methods called: neither
 * the value itself has a getter or a method of such a name, nor a class of the notebook between it and `made`.
 */
export function isPure<T extends object>(
  value: object,
  made: abstract new (...parts: never[]) => T,
  names: readonly string[],
): value is T {
  if (!isA(value, made)) return false;
  for (let at: object = value; at !== made.prototype; at = Object.getPrototypeOf(at) as object) {
    if (trusted.has(at)) continue;
    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(at, name);
      if (descriptor && (!('value' in descriptor) || typeof descriptor.value === 'function')) return false;
    }
  }
  return true;
}

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getterOf = (of: object, name: string) => Object.getOwnPropertyDescriptor(of, name)!.get!;
const typedLength = getterOf(TypedArray, 'length');
const typedBytes = getterOf(TypedArray, 'byteLength');
const bufferBytes = getterOf(ArrayBuffer.prototype, 'byteLength');
const sharedBytes = getterOf(SharedArrayBuffer.prototype, 'byteLength');

export const lengthOfTyped = (value: object) => typedLength.call(value) as number;
export const bytesOfTyped = (value: object) => typedBytes.call(value) as number;
export const bytesOfBuffer = (value: object) =>
  (types.isSharedArrayBuffer(value) ? sharedBytes : bufferBytes).call(value) as number;

const LINES = 200;

/** A line for each thing that a value holds, below a line for the value. */
export function linesOf(value: object): string {
  const lines = [`${className(value)} ${previewOf(value)}`];
  const add = (label: string, of: unknown) => lines.length < LINES && lines.push(`  ${label}: ${previewOf(of)}`);
  if (types.isMap(value)) for (const [key, item] of mapEntries.call(value)) add(short(key), item);
  // The names of a long array are more than anybody waits for.
  const names = Array.isArray(value)
    ? Array.from({ length: Math.min(value.length, LINES) }, (_, index) => String(index))
    : Object.getOwnPropertyNames(value);
  for (const name of names) {
    if (lines.length >= LINES) break;
    lines.push(`  ${cut(name, 60)}: ${fieldText(value, name, previewOf)}`);
  }
  return lines.length >= LINES ? `${lines.join('\n')}\n  …` : lines.join('\n');
}

function cut(text: string, length = LENGTH): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** What an own field holds; the holes of an array hold nothing. */
function fieldText(object: object, name: PropertyKey, print: (value: unknown) => string): string {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  if (!descriptor) return 'empty';
  return 'value' in descriptor ? print(descriptor.value) : '[getter]';
}

function entriesOf(object: object): string {
  const names = Object.getOwnPropertyNames(object);
  const shown = names.slice(0, ENTRIES).map((name) => `${cut(name, 40)}: ${fieldText(object, name, short)}`);
  if (names.length > ENTRIES) shown.push('…');
  return shown.length === 0 ? '{}' : `{ ${shown.join(', ')} }`;
}

function listOf(length: number, textAt: (index: number) => string): string {
  const shown = Array.from({ length: Math.min(length, ENTRIES) }, (_, index) => textAt(index));
  if (length > ENTRIES) shown.push('…');
  return `[${shown.join(', ')}]`;
}

/** What is inside another value: one level, named. */
function short(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, 40));
  if (typeof value === 'object' && value !== null) {
    if (types.isProxy(value)) return 'Proxy';
    if (Array.isArray(value)) return `Array(${value.length})`;
    return className(value);
  }
  return previewOf(value);
}

function first<T>(items: Iterator<T>): T[] {
  const found: T[] = [];
  for (let turn = 0; turn < ENTRIES; turn++) {
    const next = items.next();
    if (next.done) break;
    found.push(next.value);
  }
  return found;
}

const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;
const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size')!.get!;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size')!.get!;

export function sizeOfMap(value: object): number {
  return (types.isMap(value) ? mapSize : setSize).call(value) as number;
}

export function previewOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return cut(JSON.stringify(value.length > LENGTH ? value.slice(0, LENGTH) : value));
    case 'bigint':
      return `${cut(String(value))}n`;
    case 'symbol':
      return cut(String(value));
    case 'function': {
      if (types.isProxy(value)) return 'Proxy';
      const name = ownValue(value, 'name');
      const isClass =
        ownValue(value, 'prototype') !== undefined && Function.prototype.toString.call(value).startsWith('class');
      return `${isClass ? 'class' : 'function'} ${typeof name === 'string' && name !== '' ? cut(name, 60) : '(anonymous)'}`;
    }
    case 'object':
      return value === null ? 'null' : cut(objectPreview(value));
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

function objectPreview(value: object): string {
  if (types.isProxy(value)) return 'Proxy: its traps are not run';
  if (Array.isArray(value)) return listOf(value.length, (index) => fieldText(value, index, short));
  if (types.isTypedArray(value)) return listOf(lengthOfTyped(value), (index) => short(value[index]));
  if (types.isMap(value)) {
    const entries = first(mapEntries.call(value)).map(([key, item]) => `${short(key)} => ${short(item)}`);
    return `{ ${entries.join(', ')}${sizeOfMap(value) > ENTRIES ? ', …' : ''} }`;
  }
  if (types.isSet(value))
    return `{ ${first(setValues.call(value)).map(short).join(', ')}${sizeOfMap(value) > ENTRIES ? ', …' : ''} }`;
  if (types.isDate(value)) {
    const time = Date.prototype.getTime.call(value);
    return Number.isNaN(time) ? 'Invalid Date' : new Date(time).toISOString();
  }
  if (types.isRegExp(value)) return String(RegExp.prototype.toString.call(value));
  if (types.isNativeError(value)) return String(ownValue(value, 'message') ?? '');
  if (types.isPromise(value)) return 'Promise';
  return entriesOf(value);
}
