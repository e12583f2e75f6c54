/** Doors: how each of them is. */

import { useState } from "preact/hooks";
import { useLive } from "../live.ts";
import { isAlarm } from "../now/standing.ts";
import { Button } from "../parts/button.tsx";
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

/** More than these are a table, which is searched. */
const MOST_CARDS = 8;
const ROWS_AT_FIRST = 50;

export function DoorsPage({ rest: name }: PageArguments) {
  const doors = useLive((state) => state.doors);
  const phase = useLive((state) => state.phase);
  if (name !== undefined) return <DoorPage key={name} name={name} />;
  const sorted = [...doors].sort(byNeed);
  return (
    <Page title={say("doors.title")}>
      {phase !== "loading" && !doors.length && (
        <Card>
          <Empty icon="doors" title={say("doors.empty")}>
            {say("doors.empty.text")}
          </Empty>
        </Card>
      )}
      {doors.length > MOST_CARDS ? (
        <DoorsTable doors={sorted} />
      ) : (
        <ul class="door-list">
          {sorted.map((door) => (
            <OneDoor key={door.name} door={door} />
          ))}
        </ul>
      )}
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

function DoorsTable({ doors }: { doors: readonly Door[] }) {
  const [wanted, setWanted] = useState("");
  const [isWhole, setWhole] = useState(false);
  const found = doors.filter((door) => plain(door.name).includes(plain(wanted)));
  const shown = isWhole ? found : found.slice(0, ROWS_AT_FIRST);
  return (
    <Card title={sayCount("doors.count", doors.length)} flush>
      <div class="find">
        <Field label={say("doors.find")} quiet type="search" value={wanted} onInput={setWanted} />
      </div>
      {!found.length && <Empty icon="search" title={say("now.none_found")} />}
      {found.length > 0 && (
        <table class="door-table healths">
          <thead>
            <tr>
              <th scope="col">{say("now.door")}</th>
              <th scope="col">{say("doors.health")}</th>
              <th scope="col">{say("now.lock")}</th>
              <th scope="col">{say("doors.facts")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((door) => (
              <HealthRow key={door.name} door={door} />
            ))}
          </tbody>
        </table>
      )}
      {found.length > shown.length && (
        <div class="more-rows">
          <Button kind="plain" onClick={() => setWhole(true)}>
            {say("do.show_all")} ({found.length})
          </Button>
        </div>
      )}
    </Card>
  );
}

function HealthRow({ door }: { door: Door }) {
  return (
    <tr>
      <th scope="row">
        <Link href={path("doors", door.name)}>
          <Name of={door.name} />
        </Link>
      </th>
      <td>
        <Health door={door} />
        {door.problems.length > 0 && (
          <p class="problem-words small">{door.problems.slice(0, 2).map(({ code }) => sayCode("problem", code)).join(", ")}</p>
        )}
      </td>
      <td class="muted small">{stateWords(door)}</td>
      <td class="muted small numbers">{factWords(door)}</td>
    </tr>
  );
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
