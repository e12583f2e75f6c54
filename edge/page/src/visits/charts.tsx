/** What is drawn of a visit: likeness, looks, the best view, liveness and where the time went. */

import type { ComponentChildren } from "preact";
import { Name, Say } from "../parts/say.tsx";
import type { Visit } from "../wire.ts";
import { locale, say, sayCode, sayCount, type Word } from "../words/words.ts";
import { BETWEEN, distanceBar, looksOf, type Measure, measuresOf, stagesOf } from "./bars.ts";
import { en } from "../words/en.ts";

function percent(share: number): string {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(share);
}

function number(value: number, digits: number): string {
  return value.toLocaleString(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export function Distance({ visit, action }: { visit: Visit; action?: ComponentChildren }) {
  const bar = distanceBar(visit);
  if (!bar) return <p class="muted">{say("visit.distance.none")}</p>;
  const words = say(`visit.distance.${bar.band}`);
  const limit = `${bar.limitAt * 100}%`;
  return (
    <div class="stack tight">
      <div class={`distance ${bar.band}`} role="img" aria-label={words}>
        <span class="zone within" style={{ width: limit }} />
        <span class="zone near" style={{ left: limit, width: `${bar.limitAt * 10}%` }} />
        <span class="limit" style={{ left: limit }} />
        {bar.at !== null && <span class="mark" style={{ left: `${bar.at * 100}%` }} />}
      </div>
      <p class={`verdict ${bar.band}`}>{words}</p>
      {bar.distance !== null && bar.limit !== null && bar.missedBy !== null && (
        <p class="muted small numbers">
          {say("visit.distance.numbers", { distance: number(bar.distance, 3), limit: number(bar.limit, 3) })}
          {" · "}
          {say(bar.missedBy > 0 ? "visit.distance.missed" : "visit.distance.spare", {
            percent: percent(Math.abs(bar.missedBy)),
          })}
        </p>
      )}
      {visit.nearest && (
        <p class="muted small">
          <Say of="visit.distance.nearest" person={<Name of={visit.nearest} />} />
        </p>
      )}
      {action}
    </div>
  );
}

export function Looks({ visit }: { visit: Visit }) {
  const looks = looksOf(visit.looks);
  return (
    <ul class="bars">
      {looks.map(({ reason, count, share }) => (
        <li key={reason}>
          <span>{sayCode("reason", reason)}</span>
          <span class="bar" aria-hidden="true">
            <span class={reason === "recognised" ? "good" : ""} style={{ width: `${share * 100}%` }} />
          </span>
          <span class="numbers muted">{sayCount("visit.looks", count)}</span>
        </li>
      ))}
    </ul>
  );
}

export function BestView({ visit }: { visit: Visit }) {
  return (
    <ul class="bars">
      {measuresOf(visit.view).map((measure) => (
        <li key={measure.name}>
          <span>{say(`visit.view.${measure.name}`)}</span>
          <span class="bar scale" aria-hidden="true">
            <span
              class="good"
              style={{
                left: `${measure.good[0] * 100}%`,
                width: `${(measure.good[1] - measure.good[0]) * 100}%`,
              }}
            />
            <span class={`mark ${measure.verdict}`} style={{ left: `${measure.at * 100}%` }} />
          </span>
          <span class={measure.verdict === "good" ? "muted" : "verdict far"}>
            {verdict(measure)} <span class="numbers muted">{amount(measure)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function verdict({ name, verdict }: Measure): string {
  const word = `visit.view.${name}.${verdict}`;
  return say(verdict === "good" || !Object.hasOwn(en, word) ? "visit.view.good" : (word as Word));
}

function amount({ name, value }: Measure): string {
  if (name === "size") return say("visit.view.px", { value: number(value, 0) });
  if (name === "turn") return say("visit.view.deg", { value: number(value, 0) });
  return number(value, name === "sharpness" ? 2 : 0);
}

export function Liveness({ visit }: { visit: Visit }) {
  if (visit.liveness === null) return <p class="muted">{say("visit.liveness.none")}</p>;
  const words = say("visit.liveness.is", { percent: percent(visit.liveness) });
  return (
    <div class="stack tight">
      <div class="bar" role="img" aria-label={words}>
        <span class={visit.liveness >= 0.5 ? "good" : "bad"} style={{ width: `${visit.liveness * 100}%` }} />
      </div>
      <p class="muted small">{words}</p>
    </div>
  );
}

export function Stages({ visit }: { visit: Visit }) {
  const stages = stagesOf(visit.latency_ms);
  const total = visit.latency_ms["total"];
  if (!stages.length) return <p class="muted">{say("visit.stages.none")}</p>;
  return (
    <div class="stack tight stages">
      <div class="stacked" aria-hidden="true">
        {stages.map((stage, place) => (
          <span
            key={stage.name}
            class={stage.name === BETWEEN ? "rest" : `hue${place % 6}`}
            style={{ width: `${stage.share * 100}%` }}
          />
        ))}
      </div>
      {total !== undefined && <p class="small">{say("visit.stages.total", { ms: number(total, 0) })}</p>}
      <ul class="stage-legend">
        {stages.map((stage, place) => (
          <li key={stage.name}>
            <span class={`swatch ${stage.name === BETWEEN ? "rest" : `hue${place % 6}`}`} aria-hidden="true" />
            <span class="grow">{stageWord(stage.name)}</span>
            <span class="numbers muted">{say("visit.ms", { ms: number(stage.ms, stage.ms < 10 ? 1 : 0) })}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function stageWord(name: string): string {
  const word = `stage.${name}`;
  return Object.hasOwn(en, word) ? say(word as Word) : name.replaceAll("_", " ");
}
