/** Enrolment at the door's own camera: it tells what to do, word by word, and takes five frames. */

import { useEffect, useState } from "preact/hooks";
import { type Result, send } from "../device.ts";
import { onForgotten } from "../live.ts";
import { Answer } from "../parts/answer.tsx";
import { Button } from "../parts/button.tsx";
import { Name, Say } from "../parts/say.tsx";
import type { Door } from "../wire.ts";
import { counted, say } from "../words/words.ts";
import { alikeIn, guidance, verdictsIn, verdictWords } from "./alike.ts";
import { Alike } from "./alike.tsx";
import { PATIENCE_S } from "./from_here.tsx";
import { askRoster } from "./roster.ts";

const FRAMES = 5;
const WITHIN_S = 30;

interface AtDoorProps {
  door: Door;
  person: string;
  onDone: (templates: number) => void;
}

export function AtDoor({ door, person, onDone }: AtDoorProps) {
  const [isBusy, setBusy] = useState(false);
  const [words, setWords] = useState<string | null>(null);
  const [taken, setTaken] = useState(0);
  const [result, setResult] = useState<Result | null>(null);
  useEffect(() => onForgotten(() => setResult(null)), []); // whom somebody looked like may be forgotten
  const take = (answer: Result) => {
    setResult(answer);
    setWords(null);
    if (answer.outcome === "done") {
      void askRoster(door.name);
      onDone(Number(answer.values?.["templates"] ?? 0));
    }
  };
  const begin = async (more: Record<string, unknown> = {}) => {
    setBusy(true);
    setResult(null);
    setTaken(0);
    setWords(say("enrol.door.waiting"));
    const capture = { frames: FRAMES, within_s: WITHIN_S };
    const answer = await send(
      door.name,
      "enroll",
      { person, capture, ...more },
      {
        patience_s: PATIENCE_S,
        onLate: take,
        onProgress: ({ message }) => {
          const said = guidance(message);
          setWords(said.words);
          if (said.taken !== null) setTaken(said.taken);
        },
      },
    );
    setBusy(false);
    take(answer);
  };
  const alike = result && alikeIn(result);
  const refused = result ? verdictsIn(result).filter(({ accepted }) => !accepted) : [];
  return (
    <div class="stack">
      <p class="muted">
        {person ? (
          <Say
            of="enrol.door.text"
            person={<Name of={person} />}
            door={<Name of={door.name} />}
            seconds={String(WITHIN_S)}
          />
        ) : (
          say("enrol.way.door.text")
        )}
      </p>
      {isBusy && (
        <div class="guide" role="status">
          <span class="muted small">{say("enrol.door.live")}</span>
          <p>{words}</p>
          <span class="dots" aria-hidden="true">
            {Array.from({ length: FRAMES }, (_, place) => (
              <span key={place} class={place < taken ? "on" : ""} />
            ))}
          </span>
        </div>
      )}
      {alike ? (
        <Alike
          door={door.name}
          person={person}
          like={alike}
          onTwo={() => void begin({ although_similar_to: [alike] })}
        />
      ) : (
        result && (
          <Answer result={result} door={door.name}>
            <Say
              of={counted("enrol.done", Number(result.values?.["templates"] ?? 0))}
              person={<Name of={person} />}
              count={String(result.values?.["templates"] ?? "")}
            />
          </Answer>
        )
      )}
      {!alike && refused.length > 0 && (
        <ul class="list small">
          {refused.map((verdict) => (
            <li key={verdict.file}>{verdictWords(verdict)}</li>
          ))}
        </ul>
      )}
      {result?.outcome !== "done" && (
        <div class="actions">
          <Button kind="main" busy={isBusy} disabled={!person || !door.online} onClick={() => void begin()}>
            {say("enrol.door.begin")}
          </Button>
        </div>
      )}
    </div>
  );
}
