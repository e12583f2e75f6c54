/** Doors: how each of them is. */

import { useState } from "preact/hooks";
import { useLive } from "../live.ts";
import { isAlarm } from "../now/standing.ts";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Field } from "../parts/field.tsx";
import { Page } from "../parts/page.tsx";
import { Name } from "../parts/say.tsx";
import { Link, type PageArguments, path } from "../router.tsx";
import { plain } from "../visits/filter.ts";
import type { Door } from "../wire.ts";
import { locale, say, sayCode, sayCount } from "../words/words.ts";
import { DoorPage } from "./door.tsx";
import { Health } from "./health.tsx";

const FIND_FROM = 13;
/** So many are drawn at once: with hundreds one looks for a name. */
const MOST_SHOWN = 60;

export function DoorsPage({ rest: name }: PageArguments) {
  const doors = useLive((state) => state.doors);
  const phase = useLive((state) => state.phase);
  const [found, setFound] = useState("");
  if (name !== undefined) return <DoorPage key={name} name={name} />;
  const shown = [...doors].filter((door) => plain(door.name).includes(plain(found))).sort(byNeed);
  return (
    <Page title={say("doors.title")}>
      <div class="stack">
        {doors.length >= FIND_FROM && (
          <Field label={say("doors.find")} type="search" value={found} onInput={setFound} />
        )}
        {phase !== "loading" && !shown.length && (
          <Card>
            <Empty icon="doors" title={say(doors.length ? "now.none_found" : "doors.empty")}>
              {doors.length ? null : say("doors.empty.text")}
            </Empty>
          </Card>
        )}
        <ul class="door-list">
          {shown.slice(0, MOST_SHOWN).map((door) => (
            <OneDoor key={door.name} door={door} />
          ))}
        </ul>
        {shown.length > MOST_SHOWN && (
          <p class="muted">{say("and_more", { count: shown.length - MOST_SHOWN })}</p>
        )}
      </div>
    </Page>
  );
}

/** Those that need somebody first, then by name as they came. */
function byNeed(one: Door, other: Door): number {
  return needOf(other) - needOf(one);
}

function needOf(door: Door): number {
  if (isAlarm(door)) return 3;
  if (!door.online) return 2;
  return door.problems.length ? 1 : 0;
}

function OneDoor({ door }: { door: Door }) {
  return (
    <li class={door.online ? "card door-card" : "card door-card offline"}>
      <div class="row apart">
        <h2>
          <Link href={path("doors", door.name)}>
            <Name of={door.name} />
          </Link>
        </h2>
        <Health door={door} />
      </div>
      <p class="muted small">{stateWords(door)}</p>
      <p class="muted small numbers">{factWords(door)}</p>
      {door.problems.length > 0 && (
        <ul class="problems-short small">
          {door.problems.slice(0, 3).map(({ code, about }) => (
            <li key={`${code} ${about}`}>{sayCode("problem", code)}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

function stateWords({ state, online }: Door): string {
  if (!state) return say("mode.unknown");
  const words = [sayCode("state", state.state), sayCode("mode", state.mode)];
  return [...(online ? [] : [say("now.last_known")]), ...words].join(" · ");
}

function factWords({ version, people, telemetry }: Door): string {
  const fps = telemetry?.fps;
  return [
    ...(version ? [say("doors.version", { version })] : []),
    ...(people === null ? [] : [sayCount("doors.people", people)]),
    ...(typeof fps === "number"
      ? [say("doors.fps", { fps: fps.toLocaleString(locale(), { maximumFractionDigits: 1 }) })]
      : []),
  ].join(" · ");
}
