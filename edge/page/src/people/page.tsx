/** People: who is enrolled at a door, what they may, and when they came. */

import { useMemo, useState } from "preact/hooks";
import { may, useMe } from "../device.ts";
import { useLive } from "../live.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Empty } from "../parts/empty.tsx";
import { Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { Page } from "../parts/page.tsx";
import { Picture } from "../parts/picture.tsx";
import { Name, Say } from "../parts/say.tsx";
import { Time } from "../parts/time.tsx";
import { Link, type PageArguments, path } from "../router.tsx";
import { plain } from "../visits/filter.ts";
import type { Door, Visit } from "../wire.ts";
import { say, sayCount } from "../words/words.ts";
import { EnrolDialog } from "./enrol.tsx";
import { lastPictures, lastVisits } from "./last_visits.ts";
import { Ghosts, Known } from "./known.tsx";
import { PersonPage } from "./person.tsx";
import { Photos } from "./photos.tsx";
import { type Person, type Roster, useRoster } from "./roster.ts";
import { ruleWords } from "./rules_words.ts";
import { type Day, emptyStrip, stripsOf } from "./strip.ts";
import { Strip } from "./strip.tsx";
import { NoDoors, useWhichDoor, WhichDoor } from "./which_door.tsx";

const FIND_FROM = 9;

export function PeoplePage({ rest: name }: PageArguments) {
  const door = useWhichDoor();
  const phase = useLive((state) => state.phase);
  if (!door) {
    return (
      <Page title={say("people.title")}>
        {phase === "loading" ? <Ghosts /> : <NoDoors />}
      </Page>
    );
  }
  return name === undefined ? (
    <PeopleAt key={door.name} door={door} />
  ) : (
    <PersonPage key={`${door.name} ${name}`} door={door} name={name} />
  );
}

function PeopleAt({ door }: { door: Door }) {
  const who = useMe();
  const roster = useRoster(door.name);
  const visits = useLive((state) => state.visits);
  const [isEnrolling, setEnrolling] = useState(false);
  const [found, setFound] = useState("");
  const known = useMemo(
    () => ({
      strips: stripsOf(visits, new Date()),
      last: lastVisits(visits, null),
      pictures: lastPictures(visits),
    }),
    [visits],
  );
  const mayEnrol = may("enroll", door.name, who);
  const wanted = plain(found);
  const shown = roster.people.filter(({ name }) => plain(name).includes(wanted));
  return (
    <Page
      title={say("people.title")}
      text={roster.at && sayCount("people.count", roster.people.length)}
      actions={
        <>
          <WhichDoor door={door} />
          {mayEnrol && (
            <Button
              kind="main"
              icon="plus"
              disabled={!door.online}
              title={door.online ? undefined : say("enrol.offline", { door: door.name })}
              onClick={() => setEnrolling(true)}
            >
              {say("people.add")}
            </Button>
          )}
        </>
      }
    >
      <div class="stack">
        {roster.people.length >= FIND_FROM && (
          <Field label={say("people.find")} type="search" value={found} onInput={setFound} />
        )}
        <Known roster={roster} door={door} />
        {roster.phase === "known" && !roster.people.length && (
          <Card>
            <Empty icon="people" title={say("people.empty")}>
              {say("people.empty.text")}
            </Empty>
          </Card>
        )}
        {roster.people.length > 0 && !shown.length && (
          <Card>
            <Empty icon="search" title={say("people.none_found")} />
          </Card>
        )}
        <ul class="people">
          {shown.map((person) => (
            <PersonCard
              key={person.name}
              person={person}
              door={door}
              roster={roster}
              strip={known.strips.get(person.name)}
              last={known.last.get(person.name)}
              face={known.pictures.get(person.name)}
            />
          ))}
        </ul>
      </div>
      {isEnrolling && <EnrolDialog door={door} onClose={() => setEnrolling(false)} />}
    </Page>
  );
}

interface PersonCardProps {
  person: Person;
  door: Door;
  roster: Roster;
  strip: readonly Day[] | undefined;
  last: Visit | undefined;
  face: Visit | undefined;
}

function PersonCard({ person, door, roster, strip, last, face }: PersonCardProps) {
  const href = `${path("people", person.name)}?door=${encodeURIComponent(door.name)}`;
  return (
    <li class="card person-card">
      <Face visit={face} />
      <div class="stack tight">
        <h2>
          <Link href={href}>
            <Name of={person.name} />
          </Link>
        </h2>
        <p class="muted small rules">{ruleWords(roster, person.name).join(" · ")}</p>
      </div>
      <Strip days={strip ?? emptyStrip(new Date())} />
      <p class="muted small facts-line">
        <span>
          {last ? <Say of="people.seen" time={<Time at={last.began} />} /> : say("people.seen.never")}
        </span>
        <Photos count={person.templates} />
      </p>
    </li>
  );
}

export function Face({ visit }: { visit: Visit | undefined }) {
  return visit ? (
    <Picture visit={visit.id} door={visit.door} isKept />
  ) : (
    <span class="picture" aria-hidden="true">
      <Icon name="person" size={26} />
    </span>
  );
}
