/** QR codes (ISO/IEC 18004) in byte mode with error correction L: a screen has no scratches. */

import { utf8 } from "../bytes.ts";

const CORRECTION_BYTES = [
  7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26,
  28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
];
/** For each version from 1: of one block, and how many blocks there are. */
const BLOCKS = [
  1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16,
  17, 18, 19, 19, 20, 21, 22, 24, 25,
];

/** Rows of modules, true where dark, without the quiet zone; null for a text that is too long. */
export function qrCode(text: string): boolean[][] | null {
  const data = utf8(text);
  const version = CORRECTION_BYTES.findIndex((_, n) => data.length <= roomFor(n + 1)) + 1;
  if (!version) return null;
  const bits = interleaved(version, packed(version, data));
  const masks = [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => drawn(version, bits, mask));
  const penalties = masks.map(penalty);
  return masks[penalties.indexOf(Math.min(...penalties))] ?? null;
}

function correction(version: number): [bytes: number, blocks: number] {
  return [CORRECTION_BYTES[version - 1] ?? 0, BLOCKS[version - 1] ?? 1];
}

/** Modules of a version that are not part of a pattern. */
function moduleCount(version: number): number {
  let count = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2;
    count -= (25 * aligned - 10) * aligned - 55;
    if (version >= 7) count -= 36;
  }
  return count;
}

function dataBytes(version: number): number {
  const [bytes, blocks] = correction(version);
  return Math.floor(moduleCount(version) / 8) - bytes * blocks;
}

const lengthBits = (version: number) => (version < 10 ? 8 : 16);

function roomFor(version: number): number {
  return Math.floor((dataBytes(version) * 8 - 4 - lengthBits(version)) / 8);
}

/** Mode, length, data and padding, as bytes. */
function packed(version: number, data: Uint8Array): number[] {
  const bits: number[] = [];
  const put = (value: number, length: number) => {
    for (let at = length - 1; at >= 0; at -= 1) bits.push((value >> at) & 1);
  };
  put(4, 4); // byte mode
  put(data.length, lengthBits(version));
  for (const byte of data) put(byte, 8);
  const room = dataBytes(version) * 8;
  put(0, Math.min(4, room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
  return Array.from({ length: room / 8 }, (_, n) =>
    bits.slice(n * 8, n * 8 + 8).reduce((value, bit) => (value << 1) | bit, 0),
  );
}

/** The blocks with their corrections, one byte of each in turn. */
function interleaved(version: number, data: number[]): number[] {
  const [length, count] = correction(version);
  const all = Math.floor(moduleCount(version) / 8);
  const short = count - (all % count);
  const shortLength = Math.floor(all / count) - length;
  const divisor = generator(length);
  const blocks: number[][] = [];
  for (let n = 0, at = 0; n < count; n += 1) {
    const size = shortLength + (n < short ? 0 : 1);
    blocks.push(data.slice(at, at + size));
    at += size;
  }
  const corrections = blocks.map((block) => remainder(block, divisor));
  const bytes: number[] = [];
  for (const part of [blocks, corrections]) {
    const longest = Math.max(...part.map((block) => block.length));
    for (let n = 0; n < longest; n += 1) {
      for (const block of part) if (n < block.length) bytes.push(block[n] as number);
    }
  }
  return bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((at) => (byte >> at) & 1));
}

/** In the field of 256 elements with the polynomial 0x11d. */
function product(one: number, other: number): number {
  let value = 0;
  for (let at = 7; at >= 0; at -= 1) {
    value = (value << 1) ^ ((value >> 7) * 0x11d);
    value ^= ((other >> at) & 1) * one;
  }
  return value;
}

function generator(degree: number): number[] {
  const factors = new Array<number>(degree - 1).fill(0).concat(1);
  for (let n = 0, root = 1; n < degree; n += 1, root = product(root, 2)) {
    for (let at = 0; at < degree; at += 1) {
      factors[at] = product(factors[at] ?? 0, root) ^ (factors[at + 1] ?? 0);
    }
  }
  return factors;
}

function remainder(data: number[], divisor: number[]): number[] {
  const rest = new Array<number>(divisor.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() ?? 0);
    rest.push(0);
    divisor.forEach((value, at) => {
      rest[at] = (rest[at] ?? 0) ^ product(value, factor);
    });
  }
  return rest;
}

/** What is drawn, and what of it is a pattern, which no mask changes. */
class Canvas {
  size: number;
  dark: boolean[][];
  isPattern: boolean[][];

  constructor(version: number) {
    this.size = version * 4 + 17;
    this.dark = Array.from({ length: this.size }, () => new Array<boolean>(this.size).fill(false));
    this.isPattern = this.dark.map((row) => row.slice());
  }

  pattern(x: number, y: number, isDark: boolean): void {
    const row = this.dark[y];
    if (!row || x < 0 || x >= this.size) return;
    row[x] = isDark;
    (this.isPattern[y] as boolean[])[x] = true;
  }
}

function drawn(version: number, bits: number[], mask: number): boolean[][] {
  const canvas = new Canvas(version);
  const { size } = canvas;
  for (let n = 0; n < size; n += 1) {
    canvas.pattern(6, n, n % 2 === 0);
    canvas.pattern(n, 6, n % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) square(canvas, x, y, 4, [2, 4]);
  const places = alignments(version);
  for (const x of places) {
    for (const y of places) {
      const isCorner = (x === 6 && (y === 6 || y === size - 7)) || (x === size - 7 && y === 6);
      if (!isCorner) square(canvas, x, y, 2, [1]);
    }
  }
  formats(canvas, version, mask);
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const isUp = ((right + 1) & 2) === 0;
    for (let n = 0; n < size; n += 1) {
      const y = isUp ? size - 1 - n : n;
      for (const x of [right, right - 1]) {
        if (canvas.isPattern[y]?.[x]) continue;
        const bit = bits[at] === 1;
        at += 1;
        (canvas.dark[y] as boolean[])[x] = bit !== isMasked(mask, x, y);
      }
    }
  }
  return canvas.dark;
}

/** A square around a place, dark but for the rings at the distances `light`. */
function square(canvas: Canvas, x: number, y: number, reach: number, light: number[]): void {
  for (let dy = -reach; dy <= reach; dy += 1) {
    for (let dx = -reach; dx <= reach; dx += 1) {
      const distance = Math.max(Math.abs(dx), Math.abs(dy));
      canvas.pattern(x + dx, y + dy, !light.includes(distance));
    }
  }
}

function alignments(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const last = version * 4 + 10;
  return [6, ...Array.from({ length: count - 1 }, (_, n) => last - step * (count - 2 - n))];
}

/** Error correction and mask, and from version 7 the version, each with a check of its own. */
function formats(canvas: Canvas, version: number, mask: number): void {
  const { size } = canvas;
  const format = (((1 << 3) | mask) << 10 | checked((1 << 3) | mask, 10, 0x537)) ^ 0x5412;
  const isSet = (at: number) => ((format >> at) & 1) === 1;
  for (let n = 0; n < 15; n += 1) {
    // Around the upper left corner, past the timing patterns, and again at the two others.
    if (n < 8) canvas.pattern(8, n < 6 ? n : n + 1, isSet(n));
    else canvas.pattern(n === 8 ? 7 : 14 - n, 8, isSet(n));
    if (n < 8) canvas.pattern(size - 1 - n, 8, isSet(n));
    else canvas.pattern(8, size - 15 + n, isSet(n));
  }
  canvas.pattern(8, size - 8, true);
  if (version < 7) return;
  const told = (version << 12) | checked(version, 12, 0x1f25);
  for (let n = 0; n < 18; n += 1) {
    const [far, near] = [size - 11 + (n % 3), Math.floor(n / 3)];
    canvas.pattern(far, near, ((told >> n) & 1) === 1);
    canvas.pattern(near, far, ((told >> n) & 1) === 1);
  }
}

function checked(value: number, length: number, polynomial: number): number {
  let rest = value;
  for (let n = 0; n < length; n += 1) rest = (rest << 1) ^ ((rest >> (length - 1)) * polynomial);
  return rest;
}

function isMasked(mask: number, x: number, y: number): boolean {
  const even = (value: number) => value === 0;
  switch (mask) {
    case 0:
      return even((x + y) % 2);
    case 1:
      return even(y % 2);
    case 2:
      return even(x % 3);
    case 3:
      return even((x + y) % 3);
    case 4:
      return even((Math.floor(x / 3) + Math.floor(y / 2)) % 2);
    case 5:
      return even(((x * y) % 2) + ((x * y) % 3));
    case 6:
      return even((((x * y) % 2) + ((x * y) % 3)) % 2);
    default:
      return even((((x + y) % 2) + ((x * y) % 3)) % 2);
  }
}

/** How hard it is to read: runs, squares, what looks like a finder, and the share of dark. */
function penalty(rows: boolean[][]): number {
  const size = rows.length;
  const columns = rows.map((_, x) => rows.map((row) => row[x] === true));
  let sum = 0;
  for (const line of [...rows, ...columns]) {
    const text = line.map((isDark) => (isDark ? "1" : "0")).join("");
    for (const run of text.match(/1{5,}|0{5,}/g) ?? []) sum += run.length - 2;
    for (const finder of ["10111010000", "00001011101"]) {
      for (let at = text.indexOf(finder); at >= 0; at = text.indexOf(finder, at + 1)) sum += 40;
    }
  }
  for (let y = 0; y + 1 < size; y += 1) {
    for (let x = 0; x + 1 < size; x += 1) {
      const isDark = rows[y]?.[x];
      if (rows[y]?.[x + 1] === isDark && rows[y + 1]?.[x] === isDark && rows[y + 1]?.[x + 1] === isDark) sum += 3;
    }
  }
  const dark = rows.flat().filter(Boolean).length;
  return sum + Math.floor(Math.abs((dark * 100) / size ** 2 - 50) / 5) * 10;
}
