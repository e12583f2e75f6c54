/** One person: their days, what they may, their pictures, and what can be done about them. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { AllowDialog } from "../access/allow.tsx";
import { may, useMe } from "../device.ts";
import { useLive } from "../live.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Page } from "../parts/page.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { Link, navigate, path } from "../router.tsx";
import { Outcome } from "../visits/row.tsx";
import type { Door, Visit } from "../wire.ts";
import { say, sayCode, sayCount } from "../words/words.ts";
import { RemoveDialog, RenameDialog } from "./change.tsx";
import { EnrolDialog } from "./enrol.tsx";
import { Known } from "./known.tsx";
import { mostlyRefusedFor } from "./last_visits.ts";
import { Photos } from "./photos.tsx";
import { type Person, type Roster, useRoster } from "./roster.ts";
import { ruleWords } from "./rules_words.ts";
import { emptyStrip, stripsOf } from "./strip.ts";
import { Strip } from "./strip.tsx";

const ENOUGH_PICTURES = 5;
const SHOWN_VISITS = 6;

type Doing = "enrol" | "rename" | "remove" | "allow" | null;

export function PersonPage({ door, name }: { door: Door; name: string }) {
  const roster = useRoster(door.name);
  const visits = useLive((state) => state.visits);
  const own = useMemo(() => visits.filter(({ person }) => person === name), [visits, name]);
  const person = roster.people.find((each) => each.name === name);
  const [doing, setDoing] = useState<Doing>(null);
  const erasures = useRef(roster.erasures);
  const isForgotten = roster.phase === "known" && !person && roster.erasures !== erasures.current;
  useEffect(() => {
    // The name stands in the address, too.
    if (isForgotten) navigate(`/people?door=${encodeURIComponent(door.name)}`, { replace: true });
  }, [isForgotten]);
  const close = () => setDoing(null);
  return (
    <Page
      title={say("people.title")}
      heading={<Name of={name} />}
      text={
        own[0] ? <Say of="people.seen" time={<Time at={own[0].began} />} /> : say("people.seen.never")
      }
      back={[`/people?door=${encodeURIComponent(door.name)}`, say("person.back")]}
      actions={person && <Actions door={door} onDo={setDoing} />}
    >
      <div class="stack">
        <Known roster={roster} door={door} />
        {roster.phase === "known" && !person && (
          <Card>
            <Empty icon="person" title={say("person.missing", { door: door.name })}>
              {say("person.missing.text")}
            </Empty>
          </Card>
        )}
        <div class="person">
          <Days name={name} visits={own} />
          {person && (
            <div class="stack">
              <Rules name={name} door={door} roster={roster} onChange={() => setDoing("allow")} />
              <Pictures person={person} door={door} onAdd={() => setDoing("enrol")} />
            </div>
          )}
        </div>
      </div>
      {person && doing === "enrol" && <EnrolDialog door={door} name={name} onClose={close} />}
      {person && doing === "rename" && <RenameDialog door={door} person={person} onClose={close} />}
      {person && doing === "remove" && <RemoveDialog door={door} person={person} onClose={close} />}
      {person && doing === "allow" && (
        <AllowDialog door={door} roster={roster} name={name} onClose={close} />
      )}
    </Page>
  );
}

function Actions({ door, onDo }: { door: Door; onDo: (doing: Doing) => void }) {
  const who = useMe();
  return (
    <>
      {may("rename", door.name, who) && (
        <Button disabled={!door.online} onClick={() => onDo("rename")}>
          {say("person.rename")}
        </Button>
      )}
      {may("remove", door.name, who) && (
        <Button disabled={!door.online} onClick={() => onDo("remove")}>
          {say("person.remove")}
        </Button>
      )}
    </>
  );
}

function Days({ name, visits }: { name: string; visits: readonly Visit[] }) {
  const now = new Date();
  const strip = stripsOf(visits, now).get(name) ?? emptyStrip(now);
  const reason = mostlyRefusedFor(visits);
  return (
    <Card
      title={say("person.visits")}
      aside={
        visits.length > 0 && (
          <Link href={`/visits?person=${encodeURIComponent(name)}`}>{say("now.all_visits")}</Link>
        )
      }
    >
      <div class="stack">
        <Strip days={strip} large />
        {reason && <p>{say("person.refused_often", { reason: sayCode("reason", reason) })}</p>}
        {visits.length ? (
          <ul class="list">
            {visits.slice(0, SHOWN_VISITS).map((visit) => (
              <li key={visit.id} class="row apart">
                <Link href={path("visits", visit.id)}>
                  <Time at={visit.began} />
                </Link>
                <span class="muted small grow">
                  {visit.outcome !== "came_in" && sayCode("reason", visit.reason)}
                </span>
                <Outcome visit={visit} />
              </li>
            ))}
          </ul>
        ) : (
          <p class="muted">{say("person.visits.none")}</p>
        )}
      </div>
    </Card>
  );
}

interface RulesProps {
  name: string;
  door: Door;
  roster: Roster;
  onChange: () => void;
}

function Rules({ name, door, roster, onChange }: RulesProps) {
  const who = useMe();
  return (
    <Card title={say("person.rules")}>
      <div class="stack">
        <ul class="stack tight">
          {ruleWords(roster, name).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
        {may("allow", door.name, who) && (
          <div class="row">
            <Button disabled={!door.online} onClick={onChange}>
              {say("person.rules.change")}
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}

function Pictures({ person, door, onAdd }: { person: Person; door: Door; onAdd: () => void }) {
  const who = useMe();
  const missing = ENOUGH_PICTURES - person.templates;
  return (
    <Card title={say("person.pictures")} aside={<Photos count={person.templates} />}>
      <div class="stack">
        <div class="dots" role="img" aria-label={sayCount("people.pictures", person.templates)}>
          {Array.from({ length: Math.max(ENOUGH_PICTURES, person.templates) }, (_, place) => (
            <span key={place} class={place < person.templates ? "on" : ""} />
          ))}
        </div>
        {person.templates > 1 && missing > 0 && <p>{say("people.few_photos", { count: missing })}</p>}
        <p class="muted small">{say("person.pictures.text")}</p>
        <p class="muted small">
          <Say of="person.pictures.first" time={<Time at={person.enrolled_at} how="day" />} />
        </p>
        {may("enroll", door.name, who) && (
          <div class="row">
            <Button
              kind={person.templates <= 1 ? "main" : "normal"}
              icon="plus"
              disabled={!door.online}
              onClick={onAdd}
            >
              {say("people.add_photos")}
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}
