/** The icon, drawn once as shapes: as SVG, and as PNG for those who take no SVG. */

import { crc32, deflateSync } from "node:zlib";

const GROUND = [75, 80, 226];
const LIGHT = [255, 255, 255];

/* On a field of 64: a door whose window is a face, and its handle. */
const DOOR = { x: 18, y: 11, width: 28, height: 42, radius: 5 };
const HEAD = { x: 32, y: 25, radius: 6.5 };
const SHOULDERS = { x: 32, y: 44, radius: 10.5, cut: 42 };

export function iconSvg() {
  const { x, y, width, height, radius } = DOOR;
  const shoulders = shoulderPath();
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="15" fill="rgb(${GROUND})"/><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="#fff"/><circle cx="${HEAD.x}" cy="${HEAD.y}" r="${HEAD.radius}" fill="rgb(${GROUND})"/><path d="${shoulders}" fill="rgb(${GROUND})"/></svg>\n`;
}

function shoulderPath() {
  const { x, y, radius, cut } = SHOULDERS;
  const half = Math.sqrt(radius ** 2 - (y - cut) ** 2);
  return `M${(x - half).toFixed(2)} ${cut}A${radius} ${radius} 0 0 1 ${(x + half).toFixed(2)} ${cut}Z`;
}

/** `maskable`: the ground reaches every edge, for systems that cut a shape of their own. */
export function iconPng(size, { maskable = false } = {}) {
  const steps = 3; // samples in each direction, against jagged edges
  const rows = [];
  for (let row = 0; row < size; row += 1) {
    const line = new Uint8Array(1 + size * 4);
    for (let column = 0; column < size; column += 1) {
      const sum = [0, 0, 0, 0];
      for (let i = 0; i < steps ** 2; i += 1) {
        const x = ((column + ((i % steps) + 0.5) / steps) * 64) / size;
        const y = ((row + (Math.floor(i / steps) + 0.5) / steps) * 64) / size;
        const colour = colourAt(x, y, maskable);
        if (colour) [...colour, 255].forEach((value, n) => (sum[n] += value));
      }
      const covered = sum[3] / 255 || 1;
      line.set([sum[0] / covered, sum[1] / covered, sum[2] / covered, sum[3] / steps ** 2], 1 + column * 4);
    }
    rows.push(line);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8); // 8 bits, RGBA
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.concat(rows), { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type, data) {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(type), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

function colourAt(x, y, maskable) {
  if (!maskable && !inRounded(x, y, { x: 0, y: 0, width: 64, height: 64, radius: 15 })) return null;
  const [doorX, doorY] = maskable ? [32 + (x - 32) * 1.2, 32 + (y - 32) * 1.2] : [x, y];
  const isFace = inCircle(doorX, doorY, HEAD) || (doorY <= SHOULDERS.cut && inCircle(doorX, doorY, SHOULDERS));
  return inRounded(doorX, doorY, DOOR) && !isFace ? LIGHT : GROUND;
}

function inCircle(x, y, circle) {
  return Math.hypot(x - circle.x, y - circle.y) <= circle.radius;
}

function inRounded(x, y, box) {
  const dx = Math.max(box.x + box.radius - x, x - (box.x + box.width - box.radius), 0);
  const dy = Math.max(box.y + box.radius - y, y - (box.y + box.height - box.radius), 0);
  return Math.hypot(dx, dy) <= box.radius;
}
