/** The last 24 hours of a door: asked of the dashboard when its page is opened, and added to. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { call } from "../device.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import type { Door, TelemetryAnswer, TelemetryPoint } from "../wire.ts";
import { say } from "../words/words.ts";
import { Plot } from "./plot.tsx";
import { MEASURES, seriesOf } from "./series.ts";

const DAY_S = 86_400;

export function Plots({ door }: { door: Door }) {
  const { points, isFailed, again } = usePoints(door);
  const all = useMemo(
    () => MEASURES.map((name) => ({ name, series: seriesOf(points ?? [], name) })),
    [points],
  );
  return (
    <Card title={say("door.plots")}>
      {isFailed ? (
        <Banner tone="bad" action={<Button onClick={again}>{say("do.retry")}</Button>}>
          {say("door.plots.failed")}
        </Banner>
      ) : points === null ? (
        <div class="plots ghost" role="status" aria-label={say("loading")} />
      ) : points.length ? (
        <div class="plots">
          {all.map(({ name, series }) => (
            <Plot key={name} name={name} series={series} />
          ))}
        </div>
      ) : (
        <Empty icon="now" title={say("door.plots.empty")}>
          {say("door.plots.empty.text")}
        </Empty>
      )}
    </Card>
  );
}

function usePoints({ name, telemetry }: Door) {
  const [points, setPoints] = useState<readonly TelemetryPoint[] | null>(null);
  const [isFailed, setFailed] = useState(false);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let isOver = false;
    setFailed(false);
    call<TelemetryAnswer>("GET", `/api/telemetry?door=${encodeURIComponent(name)}`).then(
      (answer) => !isOver && setPoints(answer.points),
      () => !isOver && setFailed(true),
    );
    return () => {
      isOver = true;
    };
  }, [name, tries]);
  useEffect(() => {
    if (!telemetry?.time) return;
    const { fps, cpu_percent, memory_mb, temperature_c, disk_free_mb } = telemetry;
    const time_s = Date.parse(telemetry.time) / 1000;
    const point: TelemetryPoint = [
      time_s,
      ...[fps, cpu_percent, memory_mb, temperature_c, disk_free_mb].map((value) => value ?? null),
    ];
    setPoints((known) => {
      const last = known?.at(-1);
      if (!known || (last && last[0] >= time_s)) return known;
      return [...known.filter(([at_s]) => at_s > time_s - DAY_S), point];
    });
  }, [telemetry?.time]);
  return { points, isFailed, again: () => setTries(tries + 1) };
}
