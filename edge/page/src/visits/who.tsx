/** "Who is it?": a visit gets a name, or somebody is enrolled from its picture. Never by itself. */

import { useState } from "preact/hooks";
import { may, type Result, send, useMe } from "../device.ts";
import { useDoor } from "../live.ts";
import { Answer } from "../parts/answer.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Field } from "../parts/field.tsx";
import { Name, Say } from "../parts/say.tsx";
import { alikeIn } from "../people/alike.ts";
import { askRoster, useRoster } from "../people/roster.ts";
import { roleAt } from "../device.ts";
import type { Visit } from "../wire.ts";
import { counted, say } from "../words/words.ts";
import { plain } from "./filter.ts";

export function WhoIsIt({ visit }: { visit: Visit }) {
  const [isOpen, setOpen] = useState(false);
  const isKnown = visit.person !== null && visit.person_by === "recognised";
  const isPhoto = visit.reason === "not_live";
  if (isKnown && !isOpen) {
    // Another picture of somebody who is recognised is worth having, but nobody needs to be asked.
    return visit.picture && !isPhoto ? (
      <div class="row">
        <Button kind="plain" icon="plus" onClick={() => setOpen(true)}>
          {say("people.add_photos")}
        </Button>
      </div>
    ) : null;
  }
  return (
    <Card title={say("who.title")} class="who-is-it">
      <Form visit={visit} />
    </Card>
  );
}

function Form({ visit }: { visit: Visit }) {
  const { door } = visit;
  const who = useMe();
  const isOnline = useDoor(door)?.online === true;
  const roster = useRoster(door);
  const [name, setName] = useState(visit.person ?? "");
  const [busy, setBusy] = useState<"enroll" | "label" | null>(null);
  const [told, setTold] = useState<{ cmd: string; name: string; result: Result } | null>(null);
  const known = roster.people.find((person) => plain(person.name) === plain(name));
  const person = known?.name ?? name.trim();
  // The door would refuse it: a template of a photo would know the photo best.
  const isPhoto = visit.reason === "not_live";
  const mayEnrol = visit.picture && !isPhoto && may("enroll", door, who);
  const canAct = isOnline && person !== "" && busy === null;

  const act = async (cmd: "enroll" | "label", more: Record<string, unknown> = {}, of = person) => {
    setBusy(cmd);
    setName(of);
    const tell = (result: Result) => {
      setTold({ cmd, name: of, result });
      if (result.outcome === "done" && cmd === "enroll") void askRoster(door);
    };
    tell(await send(door, cmd, { person: of, visit: visit.id, ...more }, { onLate: tell }));
    setBusy(null);
  };

  const alike = told?.cmd === "enroll" ? alikeIn(told.result) : null;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (canAct) void act(mayEnrol ? "enroll" : "label");
      }}
    >
      <p class="muted">
        {say(isPhoto ? "who.text.not_live" : visit.picture ? "who.text" : "who.text.no_picture")}
      </p>
      {visit.nearest && (
        <div class="row wraps">
          <span class="muted small">{say("who.likely")}</span>
          <Button onClick={() => setName(visit.nearest ?? "")}>
            <Name of={visit.nearest} />
          </Button>
        </div>
      )}
      <Field
        label={say("who.person")}
        hint={say("who.person.hint")}
        value={name}
        maxLength={64}
        list={roster.people.map((each) => each.name)}
        onInput={(value) => {
          setName(value);
          setTold(null);
        }}
      />
      {person && mayEnrol && (
        <p class="small">
          {known ? (
            <Say of={counted("who.enrol.to", known.templates)} person={<Name of={person} />} count={known.templates} />
          ) : (
            <Say of="who.enrol.new" person={<Name of={person} />} />
          )}
        </p>
      )}
      <div class="row wraps">
        {mayEnrol && (
          <Button kind="main" type="submit" busy={busy === "enroll"} disabled={!canAct}>
            {say(known ? "who.enrol.more" : "who.enrol")}
          </Button>
        )}
        {may("label", door, who) && (
          <Button
            kind={mayEnrol ? "plain" : "main"}
            busy={busy === "label"}
            disabled={!canAct}
            title={say("who.label.text")}
            onClick={() => void act("label")}
          >
            {say("who.label")}
          </Button>
        )}
      </div>
      {alike ? (
        <div class="stack tight alike" role="alert">
          <p>
            <Say of="who.nearer" person={<Name of={alike} />} />
          </p>
          <p class="muted small">
            <Say of="who.nearer.text" person={<Name of={alike} />} />
          </p>
          <div class="row wraps">
            <Button onClick={() => void act("enroll", {}, alike)} disabled={!isOnline || busy !== null}>
              <Say of="who.nearer.other" person={<Name of={alike} />} />
            </Button>
            {roleAt(door, who) === "admin" && (
              <Button
                onClick={() => void act("enroll", { although_similar_to: [alike] })}
                disabled={!isOnline || busy !== null}
              >
                {say("who.nearer.two")}
              </Button>
            )}
          </div>
        </div>
      ) : (
        told && (
          <Answer result={told.result} door={door}>
            <Say
              of={told.cmd === "enroll" ? "who.enrolled" : "who.labelled"}
              person={<Name of={told.name} />}
            />
          </Answer>
        )
      )}
    </form>
  );
}
