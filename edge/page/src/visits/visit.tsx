/** One visit: its picture, why it ended so, what helps, and who it was. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { may, useMe } from "../device.ts";
import { onForgotten, useLive } from "../live.ts";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { Picture } from "../parts/picture.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { navigate, path } from "../router.tsx";
import { useStore } from "../store.ts";
import type { Visit } from "../wire.ts";
import { knowsCode, say, sayCode, sayCount } from "../words/words.ts";
import { BestView, Distance, Liveness, Looks, Stages } from "./charts.tsx";
import { Entries } from "./entries.tsx";
import { type Filter, passing, toQuery } from "./filter.ts";
import { useKeys } from "./keys.tsx";
import { isGuess, Outcome, toneOf, Who } from "./row.tsx";
import { seen } from "./seen.ts";
import { WhoIsIt } from "./who.tsx";

interface VisitPageProps {
  id: string;
  visits: readonly Visit[];
  filter: Filter;
}

/** On a small screen, as a page of its own. */
export function VisitPage({ id, visits, filter }: VisitPageProps) {
  const phase = useLive((state) => state.phase);
  const opened = useStore(seen);
  const visit = visits.find((each) => each.id === id);
  const query = toQuery(filter);
  const list = "/visits" + query;
  const around = passing(visits, { ...filter, unseen: false }, opened);
  const place = around.findIndex((each) => each.id === id);
  const step = (by: number): boolean => {
    const next = place < 0 ? undefined : around[place + by];
    if (next) navigate(path("visits", next.id) + query, { replace: true });
    return next !== undefined;
  };
  useKeys((key) => {
    if (key === "back") navigate(list);
    if (key === "down" || key === "up") return step(key === "down" ? 1 : -1);
    return key === "back";
  });
  const back = [list, say("visit.back")] as const;
  if (!visit) {
    return (
      <Page title={say("visits.title")} back={back}>
        {phase === "loading" ? (
          <div class="visit-line ghost" role="status" aria-label={say("loading")} />
        ) : (
          <Card>
            <Empty icon="visits" title={say("visit.missing")}>
              {say("visit.missing.text")}
            </Empty>
          </Card>
        )}
      </Page>
    );
  }
  return (
    <Page title={say("visits.title")} heading={<Headline visit={visit} />} back={back}>
      <VisitCard key={visit.id} visit={visit} hasHeading />
    </Page>
  );
}

function Headline({ visit }: { visit: Visit }) {
  if (isGuess(visit)) return <Say of="visit.perhaps.refused" person={<Name of={visit.person ?? ""} />} />;
  return <Say of={`visit.${visit.outcome}`} person={<Who visit={visit} />} />;
}

/** Everything that is known of a visit. */
export function VisitCard({ visit: told, hasHeading }: { visit: Visit; hasHeading?: boolean }) {
  const who = useMe();
  const [numbers, setNumbers] = useState<Partial<Visit>>({});
  const [erasures, setErasures] = useState(0);
  useEffect(() => {
    return onForgotten(() => {
      setNumbers({}); // whom the face came nearest to may be forgotten, and stands in the entries, too
      setErasures((count) => count + 1);
    });
  }, []);
  const visit = { ...told, ...numbers };
  const mayAct = may("label", visit.door, who) || may("enroll", visit.door, who);
  return (
    <article class="visit">
      <div class="card">
        <div class="sight">
          <Picture visit={visit.id} door={visit.door} isKept={visit.picture} large />
        </div>
        <div class="summary stack tight">
          {!hasHeading && (
            <h2 class="headline">
              <Headline visit={visit} />
            </h2>
          )}
          <div class="row wraps">
            <Outcome visit={visit} />
            <Time at={visit.began} how="exact" />
            <Name of={visit.door} />
          </div>
          <p class="muted small">
            {sayCount("visit.attempts", visit.attempts)} · {lasted(visit)}
            {visit.factor && ` · ${say(`visit.factor.${visit.factor}`)}`}
          </p>
          <Why visit={visit} />
        </div>
      </div>
      {mayAct && <WhoIsIt key={erasures} visit={visit} />}
      <Card title={say("visit.distance")}>
        <Distance visit={visit} />
      </Card>
      <Facts visit={visit} />
      <Entries key={`entries ${erasures}`} visit={told} onNumbers={setNumbers} />
    </article>
  );
}

function lasted({ began, ended }: Visit): string {
  const seconds = Math.max(1, Math.round((Date.parse(ended) - Date.parse(began)) / 1000));
  return say("visit.lasted", { seconds });
}

/** The reason, what helps against it, and how it is known who it was. */
function Why({ visit }: { visit: Visit }) {
  const isPlain = visit.outcome === "came_in" && visit.reason === "recognised";
  return (
    <div class={`because ${isPlain ? "" : toneOf(visit)}`}>
      {!isPlain && (
        <>
          <p class="reason">{capital(sayCode("reason", visit.reason))}</p>
          {knowsCode("advice", visit.reason) && <p>{sayCode("advice", visit.reason)}</p>}
        </>
      )}
      <p class={isPlain ? "" : "small muted"}>
        <By visit={visit} />
      </p>
      {visit.rule && <p class="small muted">{say("visit.rule", { rule: visit.rule })}</p>}
    </div>
  );
}

function By({ visit }: { visit: Visit }) {
  if (visit.person === null || visit.person_by === null) return <>{say("visit.by.none")}</>;
  if (visit.person_by !== "next_grant") return <>{say(`visit.by.${visit.person_by}`)}</>;
  return <Say of="visit.by.next_grant" person={<Name of={visit.person} />} />;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Facts({ visit }: { visit: Visit }) {
  const parts: [boolean, string, ComponentChildren][] = [
    [Object.keys(visit.looks ?? {}).length > 0, say("visit.looks"), <Looks visit={visit} />],
    [visit.view !== null, say("visit.view"), <BestView visit={visit} />],
    [true, say("visit.liveness"), <Liveness visit={visit} />],
    [true, say("visit.stages"), <Stages visit={visit} />],
  ];
  return (
    <>
      {parts.map(
        ([isThere, title, content]) =>
          isThere && (
            <Card key={title} title={title}>
              {content}
            </Card>
          ),
      )}
    </>
  );
}
