/** How large a picture may be that goes to the door, and whether it is worth sending.

A message may have 1 MiB. Base64 is in it twice, in the arguments and around the whole token, so all
pictures of one enrolment have about 560 kB, each of five a fifth of it. The door looks at faces of 50 px and more; 1280 px keep
a face of a twentieth of the picture's width that large. */

export const MOST_PICTURES = 5;
export const LONGEST_PX = 1280;

/** Of one picture, as JPEG. */
export const MOST_BYTES = 112_000;

export interface Size {
  width: number;
  height: number;
}

export function fitted({ width, height }: Size, longestPx: number): Size {
  const scale = Math.min(1, longestPx / Math.max(width, height));
  const whole = (px: number) => Math.max(1, Math.round(px * scale));
  return { width: whole(width), height: whole(height) };
}

/** Sizes and qualities to try, the best first, until one has few enough bytes. */
export function* attempts(size: Size): Generator<Size & { quality: number }> {
  for (const longestPx of [LONGEST_PX, 960, 720, 540]) {
    for (const quality of [0.88, 0.75, 0.6]) yield { ...fitted(size, longestPx), quality };
  }
}

/** Grey levels of a picture, row by row. */
export interface Grey extends Size {
  levels: Uint8Array | Uint8ClampedArray;
}

/** What is plainly wrong with a picture before it is sent; the door has the last word. The bounds
are those of the door for an enrolment, of the picture's middle instead of the face. */
export function plainlyWrong(grey: Grey): "too_dark" | "too_bright" | "blurred" | null {
  const middle = middleOf(grey);
  const mean = meanOf(middle.levels);
  if (mean < 35) return "too_dark";
  if (mean > 235) return "too_bright";
  return sharpnessOf(middle) < 0.02 ? "blurred" : null;
}

/** As vision/quality.py: the deviation of the Laplacian over that of the picture. */
export function sharpnessOf({ width, height, levels }: Grey): number {
  const laplacian: number[] = [];
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const around = levels[at - 1]! + levels[at + 1]! + levels[at - width]! + levels[at + width]!;
      laplacian.push(around - 4 * levels[at]!);
    }
  }
  const contrast = deviation(levels);
  return contrast === 0 ? 0 : deviation(laplacian) / contrast;
}

function middleOf({ width, height, levels }: Grey): Grey {
  const [left, top] = [Math.floor(width / 4), Math.floor(height / 4)];
  const size = { width: width - 2 * left, height: height - 2 * top };
  const cut = new Uint8Array(size.width * size.height);
  for (let y = 0; y < size.height; y += 1) {
    const from = (top + y) * width + left;
    cut.set(levels.subarray(from, from + size.width), y * size.width);
  }
  return { ...size, levels: cut };
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at]!;
  return values.length ? sum / values.length : 0;
}

function deviation(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += (values[at]! - mean) ** 2;
  return values.length ? Math.sqrt(sum / values.length) : 0;
}
