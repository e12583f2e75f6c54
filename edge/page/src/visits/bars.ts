/** What is drawn of a visit: how near the face came, where the time went, what the looks were worth,
and what the best view was like. Numbers only; words and colours are the page's. */

import type { Visit } from "../wire.ts";

export interface DistanceBar {
  /** Of the distance and of the limit, 0 to 1 from the left; the distance null where not known. */
  at: number | null;
  limitAt: number;
  band: "within" | "near" | "far";
  /** Both as numbers, for those who may know. */
  distance: number | null;
  limit: number | null;
  /** By how much of the limit it was missed; 0 or less where it was not; null: not told. */
  missedBy: number | null;
}

const LIMIT_AT = 0.6;
const NEAR = 1.1;

/** `null` where no face was compared with anybody. */
export function distanceBar(visit: Visit): DistanceBar | null {
  const { distance, threshold } = visit;
  if (typeof distance === "number" && typeof threshold === "number" && threshold > 0) {
    const ratio = distance / threshold;
    const band = ratio <= 1 ? "within" : ratio <= NEAR ? "near" : "far";
    const at = Math.min(1, ratio * LIMIT_AT);
    return { at, limitAt: LIMIT_AT, band, distance, limit: threshold, missedBy: ratio - 1 };
  }
  const band = visit.distance_band;
  if (band !== "within" && band !== "near" && band !== "far") return null;
  return { at: null, limitAt: LIMIT_AT, band, distance: null, limit: null, missedBy: null };
}

export interface Stage {
  name: string;
  ms: number;
  /** Of the whole bar, 0 to 1. */
  share: number;
  /** Of what stands before it. */
  offset: number;
}

/** As a frame passes them. */
const PIPELINE = [
  "motion",
  "detect",
  "crop",
  "quality",
  "embed",
  "search",
  "liveness",
  "flatness",
  "evidence",
  "challenge",
];
/** Between looks: what the total has beyond the stages of its last look. */
export const BETWEEN = "between";

/** Stages in the order of the pipeline, those that a page of today does not know after them. */
export function stagesOf(latency: Readonly<Record<string, number>>): Stage[] {
  const known = Object.entries(latency).filter(([name, ms]) => name !== "total" && ms > 0);
  const order = (name: string) => (PIPELINE.indexOf(name) + PIPELINE.length + 1) % (PIPELINE.length + 1);
  known.sort(([one], [other]) => order(one) - order(other));
  const sum = known.reduce((total, [, ms]) => total + ms, 0);
  const rest = (latency["total"] ?? 0) - sum;
  if (rest > 0) known.push([BETWEEN, rest]);
  const whole = Math.max(sum + Math.max(rest, 0), Number.MIN_VALUE);
  let before = 0;
  return known.map(([name, ms]) => {
    const stage = { name, ms, share: ms / whole, offset: before / whole };
    before += ms;
    return stage;
  });
}

export interface Looks {
  reason: string;
  count: number;
  share: number;
}

/** The most frequent first; reasons of equal number by name. */
export function looksOf(looks: Readonly<Record<string, number>> | undefined): Looks[] {
  const counted = Object.entries(looks ?? {}).filter(([, count]) => count > 0);
  const all = counted.reduce((sum, [, count]) => sum + count, 0);
  counted.sort(([one, n], [other, m]) => m - n || one.localeCompare(other));
  return counted.map(([reason, count]) => ({ reason, count, share: count / all }));
}

export interface Measure {
  name: "brightness" | "sharpness" | "size" | "turn";
  value: number;
  /** Where on its scale, and from where to where it is good at the door, 0 to 1. */
  at: number;
  good: readonly [number, number];
  verdict: "good" | "low" | "high";
}

/** The view beside what the door asks of one (vision/quality.py and vision/pose.py). */
export function measuresOf(view: Visit["view"]): Measure[] {
  if (!view) return [];
  const measures: (Measure | null)[] = [
    measure("brightness", view.brightness, 255, 40, 225),
    measure("sharpness", view.sharpness, 0.4, 0.09, Infinity),
    measure("size", view.face_px, 200, 40, Infinity),
    measure("turn", view.yaw_deg === undefined ? undefined : Math.abs(view.yaw_deg), 90, 0, 40),
  ];
  return measures.filter((each) => each !== null);
}

function measure(
  name: Measure["name"],
  value: number | null | undefined,
  full: number,
  least: number,
  most: number,
): Measure | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  const on = (number: number) => Math.min(1, Math.max(0, number / full));
  const verdict = value < least ? "low" : value > most ? "high" : "good";
  return { name, value, at: on(value), good: [on(least), on(most)], verdict };
}
