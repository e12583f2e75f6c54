/** The doors: as cards, or as a table where there are many. */

import { useState } from "preact/hooks";
import { useLive } from "../live.ts";
import { Badge } from "../parts/badge.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { Link, path } from "../router.tsx";
import type { Door } from "../wire.ts";
import { problemWords } from "../words/problems.ts";
import { say, sayCode } from "../words/words.ts";
import { alarmsFirst, inOrder, standing } from "./standing.ts";
import { ReleaseLine, UnlockButton } from "./unlock.tsx";

const MOST_CARDS = 8;
const ROWS_AT_FIRST = 25;

export function Doors() {
  const doors = useLive((state) => state.doors);
  if (!doors.length) {
    return (
      <Card>
        <Empty icon="doors" title={say("now.no_doors")}>
          {say("now.no_doors.text")}
        </Empty>
      </Card>
    );
  }
  if (doors.length > MOST_CARDS) return <DoorTable doors={doors} />;
  return (
    <section class="doors" aria-label={say("now.doors")}>
      {alarmsFirst(doors).map((door) => (
        <DoorCard key={door.name} door={door} />
      ))}
    </section>
  );
}

function DoorCard({ door }: { door: Door }) {
  const { word, tone, icon } = standing(door);
  const { state } = door;
  return (
    <article class={`card door ${door.online ? "" : "away"}`}>
      <header>
        <h2>
          <Link href={path("doors", door.name)}>
            <Name of={door.name} />
          </Link>
        </h2>
        {!door.online ? (
          <Badge tone="quiet" word={say("now.offline")} />
        ) : (
          state && state.mode !== "normal" && <Badge tone="warn" word={sayCode("mode", state.mode)} />
        )}
      </header>
      <div class="stands">
        <span class={`lock ${tone}`}>
          <Icon name={icon} size={26} />
        </span>
        <div>
          <p class="word">{word}</p>
          <p class="muted small since">
            {door.online ? <Details door={door} /> : <Away door={door} />}
          </p>
        </div>
      </div>
      <Wrong door={door} />
      <footer>
        <UnlockButton door={door} />
        <ReleaseLine door={door.name} />
      </footer>
    </article>
  );
}

function Details({ door: { state } }: { door: Door }) {
  if (!state) return null;
  return (
    <>
      {state.contact && <span>{sayCode("contact", state.contact)},</span>}
      <Time at={state.since} />
    </>
  );
}

function Away({ door }: { door: Door }) {
  const since = door.since ?? door.seen;
  return (
    <>
      <span>
        {say("now.last_known")}
        {since && ","}
      </span>
      {since && <Time at={since} />}
    </>
  );
}

function Wrong({ door }: { door: Door }) {
  const [first, ...others] = door.problems;
  if (!first || !door.online) return null;
  return (
    <Link href={path("doors", door.name)} class={`wrong ${first.severity}`} title={problemWords(first).words}>
      <Icon name="warning" size={16} />
      <span>
        {sayCode("problem", first.code)}
        {others.length > 0 && `, ${say("and_more", { count: others.length })}`}
      </span>
    </Link>
  );
}

function DoorTable({ doors }: { doors: readonly Door[] }) {
  const [wanted, setWanted] = useState("");
  const [isWhole, setWhole] = useState(false);
  const found = inOrder(doors).filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  const shown = isWhole ? found : found.slice(0, ROWS_AT_FIRST);
  return (
    <Card title={`${say("now.doors")} (${doors.length})`} flush>
      <div class="find">
        <Field label={say("now.find")} quiet type="search" value={wanted} onInput={setWanted} />
      </div>
      {!found.length && <Empty icon="search" title={say("now.none_found")} />}
      {found.length > 0 && (
        <table class="door-table">
          <thead>
            <tr>
              <th scope="col">{say("now.door")}</th>
              <th scope="col">{say("now.lock")}</th>
              <th scope="col">{say("now.mode")}</th>
              <th scope="col">
                <span class="hidden">{say("now.unlock")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((door) => (
              <DoorRow key={door.name} door={door} />
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

function DoorRow({ door }: { door: Door }) {
  const { word, tone } = standing(door);
  const since = door.since ?? door.seen;
  return (
    <tr>
      <th scope="row">
        <Link href={path("doors", door.name)}>
          <Name of={door.name} />
        </Link>
      </th>
      <td>
        {door.online ? (
          <Badge tone={tone} word={word} />
        ) : since ? (
          <span class="muted small">
            <Say of="now.offline_since" time={<Time at={since} />} />
          </span>
        ) : (
          <Badge word={say("now.offline")} />
        )}
      </td>
      <td class="muted small">{door.state && sayCode("mode", door.state.mode)}</td>
      <td>
        <UnlockButton door={door} />
        <ReleaseLine door={door.name} />
      </td>
    </tr>
  );
}
