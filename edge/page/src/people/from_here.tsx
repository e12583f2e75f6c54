/** Enrolment with pictures of this device: three to five, each with the door's answer beside it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Result, send } from "../device.ts";
import { onForgotten } from "../live.ts";
import { Answer } from "../parts/answer.tsx";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { Name, Say } from "../parts/say.tsx";
import type { Door } from "../wire.ts";
import { counted, say, sayCode, sayCount } from "../words/words.ts";
import { alikeIn, verdictsIn, verdictWords } from "./alike.ts";
import { Alike } from "./alike.tsx";
import { Camera } from "./camera.tsx";
import { MOST_PICTURES } from "./fit.ts";
import { askRoster } from "./roster.ts";
import { base64, type Shrunk, shrunk } from "./shrink.ts";

/** The door looks at one picture after the other, and loads its networks first. */
export const PATIENCE_S = 90;

interface Taken {
  number: number;
  phase: "working" | "ready" | "unreadable" | "accepted" | "refused";
  picture: Shrunk | null;
  url: string | null;
  /** The door's answer, in words. */
  words: string | null;
}

interface FromHereProps {
  door: Door;
  /** The name, cleaned; empty: not said yet. */
  person: string;
  onDone: (templates: number) => void;
}

export function FromHere({ door, person, onDone }: FromHereProps) {
  const { taken, add, drop, change, forgetWords, isFull, leftOut } = useTaken();
  const [hasCamera, setCamera] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [result, setResult] = useState<Result | null>(null);
  useEffect(() => {
    return onForgotten(() => {
      setResult(null); // whom a picture looked like may be forgotten
      forgetWords();
    });
  }, []);
  const ready = taken.filter(({ phase }) => phase === "ready");
  const again = taken.filter(({ phase, picture }) => phase === "refused" && picture);
  const canSend = person !== "" && door.online && ready.length > 0 && !isBusy;

  const enrol = async (pictures: readonly Taken[], more: Record<string, unknown> = {}) => {
    setBusy(true);
    setCamera(false);
    const jpegs = pictures.flatMap(({ picture }) => (picture ? [picture.jpeg] : []));
    const images = await Promise.all(jpegs.map(base64));
    const listener = { patience_s: PATIENCE_S, onLate: (answer: Result) => take(pictures, answer) };
    take(pictures, await send(door.name, "enroll", { person, images, ...more }, listener));
    setBusy(false);
  };
  const take = (pictures: readonly Taken[], answer: Result) => {
    setResult(answer);
    const verdicts = verdictsIn(answer);
    pictures.forEach(({ number }, place) => {
      const verdict = verdicts[place];
      if (verdict) {
        change(number, { phase: verdict.accepted ? "accepted" : "refused", words: verdictWords(verdict) });
      }
    });
    if (answer.outcome === "done") {
      void askRoster(door.name);
      onDone(Number(answer.values?.["templates"] ?? 0));
    }
  };

  const alike = result && alikeIn(result);
  return (
    <div class="stack">
      {hasCamera ? (
        <Camera canShoot={!isFull} onPicture={(picture) => add([picture])} onClose={() => setCamera(false)} />
      ) : (
        <div class="row wraps">
          <Button icon="camera" disabled={isFull} onClick={() => setCamera(true)}>
            {say("enrol.camera")}
          </Button>
          <Files disabled={isFull} onFiles={add} />
        </div>
      )}
      <p class="muted small">
        {say("enrol.tip")} {say("enrol.count", { count: taken.length, most: MOST_PICTURES })}
      </p>
      {leftOut && <p class="small wanting">{say("enrol.picture.too_many")}</p>}
      {taken.length > 0 && (
        <ul class="taken">
          {taken.map((each, place) => (
            <TakenPicture key={each.number} taken={each} place={place + 1} onDrop={() => drop(each.number)} />
          ))}
        </ul>
      )}
      <div role="status" class="stack tight">
        {isBusy && <p>{say("enrol.sending")}</p>}
        {alike ? (
          <Alike
            door={door.name}
            person={person}
            like={alike}
            onTwo={() => void enrol(again, { although_similar_to: [alike] })}
          />
        ) : (
          result && <Told result={result} door={door.name} person={person} />
        )}
      </div>
      <p class="muted small">{say("enrol.privacy")}</p>
      {(ready.length > 0 || !result) && (
        <div class="actions">
          <Button kind="main" busy={isBusy} disabled={!canSend} onClick={() => void enrol(ready)}>
            {sayCount("enrol.send", Math.max(1, ready.length))}
          </Button>
        </div>
      )}
    </div>
  );
}

function Told({ result, door, person }: { result: Result; door: string; person: string }) {
  const verdicts = verdictsIn(result);
  const accepted = verdicts.filter((verdict) => verdict.accepted).length;
  if (verdicts.length && result.outcome === "done" && accepted < verdicts.length) {
    return <Answer result={result} door={door}>{say("enrol.partly", { taken: accepted, all: verdicts.length })}</Answer>;
  }
  const templates = Number(result.values?.["templates"] ?? accepted);
  return (
    <Answer result={result} door={door}>
      <Say
        of={counted("enrol.done", templates)}
        person={<Name of={person} />}
        count={templates}
      />
    </Answer>
  );
}

function TakenPicture({ taken, place, onDrop }: { taken: Taken; place: number; onDrop: () => void }) {
  const { phase, picture, url, words } = taken;
  return (
    <li class={phase}>
      <span class="picture">
        {url ? <img src={url} alt={say("enrol.picture", { number: place })} /> : <Icon name="camera" />}
        {phase === "accepted" && (
          <span class="tick">
            <Icon name="check" size={16} />
          </span>
        )}
      </span>
      <span class="small">
        {phase === "working" && say("enrol.picture.working")}
        {phase === "unreadable" && say("enrol.picture.unreadable")}
        {phase === "ready" && picture && (
          <span class="muted">
            {picture.doubt
              ? say("enrol.picture.doubt", { reason: sayCode("reason", picture.doubt) })
              : say("enrol.picture.ready", {
                  width: picture.width,
                  height: picture.height,
                  size: Math.ceil(picture.jpeg.size / 1000),
                })}
          </span>
        )}
        {words}
      </span>
      {phase !== "accepted" && phase !== "working" && (
        <Button
          kind="plain"
          icon="cross"
          label={say("enrol.picture.drop", { number: place })}
          onClick={onDrop}
        />
      )}
    </li>
  );
}

function Files({ disabled, onFiles }: { disabled: boolean; onFiles: (files: Blob[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button icon="plus" disabled={disabled} onClick={() => input.current?.click()}>
        {say("enrol.files")}
      </Button>
      <input
        ref={input}
        class="hidden"
        type="file"
        accept="image/*"
        multiple
        tabIndex={-1}
        aria-label={say("enrol.files")}
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = ""; // the same file may be chosen again
        }}
      />
    </>
  );
}

/** The pictures so far; each is made smaller as it comes. */
function useTaken() {
  const [taken, setTaken] = useState<readonly Taken[]>([]);
  const [leftOut, setLeftOut] = useState(false);
  const latest = useRef(taken);
  latest.current = taken;
  const count = useRef(0);
  useEffect(
    () => () => {
      for (const { url } of latest.current) if (url) URL.revokeObjectURL(url);
    },
    [],
  );
  const change = (number: number, fields: Partial<Taken>) =>
    setTaken((all) => all.map((each) => (each.number === number ? { ...each, ...fields } : each)));
  const forgetWords = () => setTaken((all) => all.map((each) => ({ ...each, words: null })));
  const room = MOST_PICTURES - taken.length;
  const add = (files: readonly Blob[]) => {
    setLeftOut(files.length > room);
    const news = files.slice(0, Math.max(0, room)).map((file) => ({ file, number: (count.current += 1) }));
    setTaken((all) => [
      ...all,
      ...news.map(({ number }) => ({ number, phase: "working" as const, picture: null, url: null, words: null })),
    ]);
    void (async () => {
      // One after the other: five of 12 megapixels at once would be half a gigabyte.
      for (const { file, number } of news) {
        try {
          const picture = await shrunk(file);
          change(number, { phase: "ready", picture, url: URL.createObjectURL(picture.jpeg) });
        } catch {
          change(number, { phase: "unreadable" });
        }
      }
    })();
  };
  const drop = (number: number) => {
    setLeftOut(false);
    setTaken((all) => {
      const gone = all.find((each) => each.number === number);
      if (gone?.url) URL.revokeObjectURL(gone.url);
      return all.filter((each) => each !== gone);
    });
  };
  return { taken, add, drop, change, forgetWords, isFull: room <= 0, leftOut };
}
