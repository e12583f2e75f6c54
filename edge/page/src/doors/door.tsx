/** One door: what is wrong with it, what it measures, whom it opens to, and which machine it is. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ModeCard } from "../access/mode.tsx";
import { may, send, useMe } from "../device.ts";
import { useDoor, useLive } from "../live.ts";
import { Badge } from "../parts/badge.tsx";
import { Banner } from "../parts/banner.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { Page } from "../parts/page.tsx";
import { Name, ProblemSentence, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { Link } from "../router.tsx";
import type { Door, DoorResult, Problem } from "../wire.ts";
import { locale, say, sayCode, sayCount } from "../words/words.ts";
import { Health } from "./health.tsx";
import { Plots } from "./plots.tsx";

export function DoorPage({ name }: { name: string }) {
  const door = useDoor(name);
  const phase = useLive((state) => state.phase);
  const back = ["/doors", say("door.back")] as const;
  if (!door) {
    return (
      <Page title={say("doors.title")} back={back}>
        {phase !== "loading" && (
          <Card>
            <Empty icon="doors" title={say("door.missing", { door: name.slice(0, 100) })}>
              {say("door.missing.text")}
            </Empty>
          </Card>
        )}
      </Page>
    );
  }
  return (
    <Page
      title={door.name}
      heading={<Name of={door.name} />}
      text={<StateLine door={door} />}
      back={back}
      actions={<Health door={door} />}
    >
      <div class="stack">
        {!door.online && <Banner tone="warn">{say("door.last_known")}</Banner>}
        {door.is_stranger && (
          <Banner tone="bad">
            <strong>{say("door.stranger")}</strong>
            <p class="small">{say("door.stranger.text")}</p>
          </Banner>
        )}
        <div class={door.online ? "one-door" : "one-door offline"}>
          <div class="stack">
            <Problems problems={door.problems} />
            <Plots door={door} />
          </div>
          <div class="stack">
            <ModeCard door={door} />
            <About door={door} />
          </div>
        </div>
      </div>
    </Page>
  );
}

function StateLine({ door: { state, online, since } }: { door: Door }) {
  if (!online) return since ? <Say of="doors.offline_since" time={<Time at={since} />} /> : null;
  if (!state) return null;
  return (
    <>
      {sayCode("state", state.state)}
      {state.contact && ` · ${sayCode("contact", state.contact)}`} {" · "}
      <Time at={state.since} />
    </>
  );
}

function Problems({ problems }: { problems: readonly Problem[] }) {
  return (
    <Card title={say("door.health")}>
      {problems.length ? (
        <ul class="list problems">
          {problems.map((problem) => (
            <li key={`${problem.code} ${problem.about}`} class="stack tight">
              <div class="row wraps apart">
                <Badge
                  tone={problem.severity === "error" ? "bad" : "warn"}
                  word={sayCode("problem", problem.code)}
                />
                <span class="muted small">
                  <Time at={problem.since} />
                </span>
              </div>
              <ProblemSentence of={problem} />
            </li>
          ))}
        </ul>
      ) : (
        <div class="row well">
          <Icon name="check" />
          <p>
            <strong>{say("door.problem.none")}.</strong> {say("door.problem.none.text")}
          </p>
        </div>
      )}
    </Card>
  );
}

function About({ door }: { door: Door }) {
  const pinged = usePing(door);
  const queues = Object.entries(door.telemetry?.queues ?? {}).filter(([, count]) => count > 0);
  const kept = pinged?.["keeps_pictures"];
  const facts: [string, ComponentChildren][] = [
    [say("door.version"), door.version ?? say("mode.unknown")],
    [say("door.people"), door.people === null ? say("mode.unknown") : sayCount("doors.people", door.people)],
    [say("door.clock"), clockWords(door.clock_offset_s)],
    [say("door.seen"), door.seen ? <Time at={door.seen} /> : say("mode.unknown")],
    [say("door.history"), door.history_from ? <Time at={door.history_from} how="day" /> : say("mode.unknown")],
    [
      say("door.queues"),
      queues.map(([name, count]) => `${name} ${count}`).join(", ") || say("door.queues.none"),
    ],
    [say("door.identity"), <code>{door.identity}</code>],
  ];
  if (typeof pinged?.["pack"] === "string") facts.push([say("door.pack"), <code>{pinged["pack"]}</code>]);
  if (kept === "none" || kept === "unknown" || kept === "all")
    facts.push([say("door.pictures"), say(`door.pictures.${kept}`)]);
  return (
    <Card title={say("door.facts")}>
      <div class="stack">
        <dl class="facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <div class="row wraps">
          <Link class="button" href={`/visits?door=${encodeURIComponent(door.name)}`}>
            {say("door.visits", { door: door.name.slice(0, 40) })}
          </Link>
          <Link class="button" href={`/access?door=${encodeURIComponent(door.name)}`}>
            {say("door.rules", { door: door.name.slice(0, 40) })}
          </Link>
        </div>
      </div>
    </Card>
  );
}

/** What only the door itself tells, to those whom it knows. */
function usePing({ name, online }: Door): DoorResult | null {
  const who = useMe();
  const [answer, setAnswer] = useState<DoorResult | null>(null);
  const mayAsk = may("ping", name, who) && online;
  useEffect(() => {
    let isOver = false;
    if (mayAsk) void send(name, "ping", {}).then(({ values }) => !isOver && setAnswer(values));
    return () => {
      isOver = true;
    };
  }, [name, mayAsk]);
  return answer;
}

const SAME_S = 2;

function clockWords(offset_s: number | null): string {
  if (offset_s === null) return say("door.clock.unknown");
  if (Math.abs(offset_s) < SAME_S) return say("door.clock.same");
  const seconds = Math.abs(offset_s).toLocaleString(locale(), { maximumFractionDigits: 0 });
  return say(offset_s > 0 ? "door.clock.ahead" : "door.clock.behind", { seconds });
}
