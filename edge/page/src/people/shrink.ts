/** Makes a picture small enough for the door, in the browser: nothing else of the file leaves it,
neither where it was taken nor by what. */

import { attempts, type Grey, LONGEST_PX, MOST_BYTES, fitted, plainlyWrong, type Size } from "./fit.ts";

export interface Shrunk extends Size {
  jpeg: Blob;
  doubt: ReturnType<typeof plainlyWrong>;
}

const LOOKED_AT_PX = 320;

/** Rejects for what the browser cannot read as a picture. */
export async function shrunk(file: Blob): Promise<Shrunk> {
  const whole = await createImageBitmap(file, { imageOrientation: "from-image" });
  const bitmap = await smaller(whole, fitted(whole, LONGEST_PX));
  let best: Shrunk | null = null;
  for (const { width, height, quality } of attempts(bitmap)) {
    const jpeg = await drawn(bitmap, { width, height }).convertToBlob({ type: "image/jpeg", quality });
    best = { jpeg, width, height, doubt: null };
    if (jpeg.size <= MOST_BYTES) break;
  }
  if (!best) throw new Error("a picture without a size");
  best.doubt = plainlyWrong(greyOf(bitmap));
  bitmap.close();
  return best;
}

async function smaller(bitmap: ImageBitmap, { width, height }: Size): Promise<ImageBitmap> {
  if (width === bitmap.width && height === bitmap.height) return bitmap;
  const resized = await createImageBitmap(bitmap, {
    resizeWidth: width,
    resizeHeight: height,
    resizeQuality: "high",
  });
  bitmap.close();
  return resized;
}

function drawn(bitmap: ImageBitmap, { width, height }: Size): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.imageSmoothingQuality = "high";
  // What is transparent would be black in a JPEG.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}

function greyOf(bitmap: ImageBitmap): Grey {
  const { width, height } = fitted(bitmap, LOOKED_AT_PX);
  const pixels = drawn(bitmap, { width, height }).getContext("2d")?.getImageData(0, 0, width, height).data;
  const levels = new Uint8Array(width * height);
  for (let at = 0; at < levels.length && pixels; at += 1) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(at * 4, at * 4 + 3);
    levels[at] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  return { width, height, levels };
}

/** As `enroll` takes pictures. */
export async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
