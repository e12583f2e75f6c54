/** Measurements of a door as columns for a plot, with gaps where it told nothing. */

import type { TelemetryPoint } from "../wire.ts";

export type MeasureName = "fps" | "cpu" | "memory" | "temperature";

/** Places in a point of /api/telemetry. */
const PLACES: Readonly<Record<MeasureName, number>> = { fps: 1, cpu: 2, memory: 3, temperature: 4 };
export const MEASURES = Object.keys(PLACES) as readonly MeasureName[];

/** The door tells them every 30 s; after so long without one the line is broken. */
const GAP_S = 180;

export interface Series {
  times_s: number[];
  values: (number | null)[];
}

export interface Range {
  now: number;
  low: number;
  high: number;
  hours: number;
}

export function seriesOf(points: readonly TelemetryPoint[], name: MeasureName): Series {
  const series: Series = { times_s: [], values: [] };
  const place = PLACES[name];
  let before: number | null = null;
  for (const point of points) {
    const [time] = point;
    if (before !== null && time - before > GAP_S) {
      series.times_s.push((before + time) / 2);
      series.values.push(null);
    }
    series.times_s.push(time);
    series.values.push(point[place] ?? null);
    before = time;
  }
  return series;
}

/** `null` where the machine does not know it. */
export function rangeOf({ times_s, values }: Series): Range | null {
  const known = values.filter((value) => value !== null);
  const now = known.at(-1);
  if (now === undefined) return null;
  const low = known.reduce((least, value) => Math.min(least, value));
  const high = known.reduce((most, value) => Math.max(most, value));
  const hours = Math.max(1, Math.round(((times_s.at(-1) ?? 0) - (times_s[0] ?? 0)) / 3600));
  return { now, low, high, hours };
}

/** The scale's ends: what moves little must not look as if it moved much. */
export function scaleOf(name: MeasureName, { low, high }: Range): [number, number] {
  const least = { fps: 4, cpu: 20, memory: 40, temperature: 10 }[name];
  const spare = Math.max(0, least - (high - low)) / 2 + (high - low) * 0.1;
  return [Math.max(0, low - spare), high + spare];
}
