/** One measurement over a day, by uPlot. What it shows stands in words for those who do not see it. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { useStore } from "../store.ts";
import { theme } from "../preferences.ts";
import { locale, say, type Word } from "../words/words.ts";
import { type MeasureName, rangeOf, scaleOf, type Series } from "./series.ts";

const HEIGHT_PX = 132;

export function Plot({ name, series }: { name: MeasureName; series: Series }) {
  const range = rangeOf(series);
  const title = say(`door.plot.${name}`);
  const unit = say(`door.plot.${name}.unit` as Word);
  const write = (value: number) => written(name, value);
  return (
    <figure class="plot">
      <figcaption>
        <span class="muted">{title}</span>
        {range ? (
          <span class="latest">
            <strong class="numbers">{write(range.now)}</strong> <span class="muted small">{unit}</span>
          </span>
        ) : (
          <span class="muted small">{say("door.plot.none")}</span>
        )}
        {range && (
          <span class="muted small numbers range">
            {say("door.plot.range", { low: write(range.low), high: write(range.high) })}
          </span>
        )}
      </figcaption>
      {range && (
        <>
          <Drawn name={name} series={series} />
          <p class="hidden">
            {say("door.plot.said", {
              name: title,
              unit,
              now: write(range.now),
              low: write(range.low),
              high: write(range.high),
              hours: range.hours,
            })}
          </p>
        </>
      )}
    </figure>
  );
}

function written(name: MeasureName, value: number): string {
  const maximumFractionDigits = name === "fps" || name === "temperature" ? 1 : 0;
  return value.toLocaleString(locale(), { maximumFractionDigits });
}

function Drawn({ name, series }: { name: MeasureName; series: Series }) {
  const place = useRef<HTMLDivElement>(null);
  const look = useStore(theme);
  useEffect(() => {
    const element = place.current;
    const range = rangeOf(series);
    if (!element || !range) return undefined;
    let plot: uPlot | null = null;
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(
        options(element, name, scaleOf(name, range)),
        [series.times_s, series.values],
        element,
      );
    };
    draw();
    // The system's own theme may change while it is followed.
    const media = matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", draw);
    const size = new ResizeObserver(() => {
      if (plot && element.clientWidth !== plot.width)
        plot.setSize({ width: element.clientWidth, height: HEIGHT_PX });
    });
    size.observe(element);
    return () => {
      media.removeEventListener("change", draw);
      size.disconnect();
      plot?.destroy();
    };
  }, [name, series, look]);
  return <div class="drawn" ref={place} aria-hidden="true" />;
}

function options(element: HTMLElement, name: MeasureName, scale: [number, number]): uPlot.Options {
  // A canvas knows no custom properties, and no light-dark(): the colours as they come out here.
  const colour = (property: string) => resolved(element, property);
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const axis = {
    stroke: colour("--muted"),
    font,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: scale } },
    axes: [
      { ...axis, space: 64, size: 26, values: (_, times) => times.map(hour), grid: { show: false } },
      { ...axis, space: 30, size: 40, values: (_, values) => values.map((value) => written(name, value)) },
    ],
    series: [
      {},
      {
        stroke: colour("--accent-text"),
        fill: colour("--accent-soft"),
        width: 1.5,
        points: { show: false },
      },
    ],
  };
}

function hour(time_s: number): string {
  const form = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" });
  return form.format(new Date(time_s * 1000));
}

function resolved(element: HTMLElement, property: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
