/** The button that opens a door, and the dialog that asks before it does. */

import { useEffect, useRef, useState } from "preact/hooks";
import { may, useMe } from "../device.ts";
import { LIFETIME_S } from "../device/signing.ts";
import { useLive } from "../live.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Choice, Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { Name, Say } from "../parts/say.tsx";
import type { Door } from "../wire.ts";
import { resultWords } from "../words/results.ts";
import { say, type Word } from "../words/words.ts";
import { dismiss, type Release, release, useRelease } from "./releases.ts";

const REASON_CHARACTERS = 200;

/** Whether a command can reach the door now. */
export function useReaches(door: Door): boolean {
  const isLinked = useLive((state) => state.link === "live" && state.broker.connected);
  return isLinked && door.online && !door.is_stranger;
}

/** Nothing for those who may not. */
export function UnlockButton({ door }: { door: Door }) {
  const who = useMe();
  const [isOpen, setOpen] = useState(false);
  const reaches = useReaches(door);
  const shown = useRelease(door.name);
  if (!may("unlock", door.name, who)) return null;
  const isLocked = door.state?.mode === "lockdown";
  return (
    <>
      <Button
        kind="soft"
        icon="unlocked"
        label={say("now.unlock_door", { door: door.name })}
        disabled={!reaches || isLocked}
        busy={shown?.phase === "pending"}
        onClick={() => setOpen(true)}
      >
        {say("now.unlock")}
      </Button>
      {isOpen && <UnlockDialog door={door.name} onClose={() => setOpen(false)} />}
    </>
  );
}

/** What became of it, beside the button. */
export function ReleaseLine({ door }: { door: string }) {
  const shown = useRelease(door);
  const stays = shown?.result && shown.result.outcome !== "done";
  return (
    <p class={stays ? "release stays" : "release"} role="status">
      {shown && <ReleaseWords door={door} shown={shown} />}
      {stays && <Button kind="plain" icon="cross" label={say("do.dismiss")} onClick={() => dismiss(door)} />}
    </p>
  );
}

function ReleaseWords({ door, shown }: { door: string; shown: Release }) {
  if (!shown.result) return <Say of="pending.sent" door={<Name of={door} />} />;
  if (shown.isLate && shown.result.outcome === "done") return <>{say("result.late", { door })}</>;
  if (shown.result.outcome === "done") return <Say of="unlock.done" door={<Name of={door} />} />;
  return <>{resultWords(shown.result, door, true)}</>;
}

/** One dialog all the way: asks, waits, and says what became of it. */
function UnlockDialog({ door, onClose }: { door: string; onClose: () => void }) {
  const presets = [say("unlock.parcel"), say("unlock.guest"), say("unlock.forgot")];
  const [why, setWhy] = useState(presets[0] ?? "");
  const [isAsked, setAsked] = useState(false);
  const known = useRelease(door);
  // What it has said stays until it is closed, however long the line beside the button stands.
  const last = useRef(known);
  last.current = known ?? last.current;
  const shown = isAsked ? last.current : undefined;
  const close = () => {
    if (isAsked) dismiss(door);
    onClose();
  };
  const ask = (event?: Event) => {
    event?.preventDefault();
    setAsked(true);
    void release(door, why.trim());
  };
  return (
    <Dialog title={<Say of={titleOf(shown)} door={<Name of={door} />} />} onClose={close}>
      {shown ? (
        <Answer door={door} shown={shown} onClose={close} onAgain={ask} />
      ) : (
        <>
          <p class="muted">{say("unlock.text")}</p>
          <form class="stack" onSubmit={ask}>
            <Choice
              label={say("unlock.why")}
              value={why}
              options={presets.map((text) => [text, text] as const)}
              onChange={setWhy}
            />
            <Field
              label={say("unlock.why.hint")}
              value={presets.includes(why) ? "" : why}
              maxLength={REASON_CHARACTERS}
              onInput={setWhy}
            />
            <div class="actions">
              <Button onClick={close}>{say("do.cancel")}</Button>
              <Button kind="main" type="submit" icon="unlocked">
                {say("unlock.do")}
              </Button>
            </div>
          </form>
        </>
      )}
    </Dialog>
  );
}

function titleOf(shown: Release | undefined): Word {
  if (!shown) return "unlock.title";
  if (!shown.result) return "unlock.pending";
  if (shown.result.outcome === "done") return "unlock.done";
  return shown.result.outcome === "unknown" ? "unlock.unknown" : "unlock.refused";
}

interface AnswerProps {
  door: string;
  shown: Release;
  onClose: () => void;
  onAgain: () => void;
}

function Answer({ door, shown: { result }, onClose, onAgain }: AnswerProps) {
  const isDone = result?.outcome === "done";
  return (
    <>
      {!result && <Countdown />}
      {isDone && (
        <div class="opened" role="status">
          <Icon name="unlocked" size={40} />
          <span class="hidden">{say("unlock.done", { door })}</span>
        </div>
      )}
      {result && !isDone && (
        <Banner tone={result.outcome === "unknown" ? "warn" : "bad"}>{resultWords(result, door, true)}</Banner>
      )}
      <div class="actions">
        {result && !isDone && <Button onClick={onAgain}>{say("unlock.again")}</Button>}
        <CloseButton onClose={onClose} />
      </div>
    </>
  );
}

/** As long as the second half of a double click may take. */
const DOUBLE_CLICK_MS = 500;

/** Takes the focus from the button that is gone, but no click that was meant for that one. */
function CloseButton({ onClose }: { onClose: () => void }) {
  const place = useRef<HTMLSpanElement>(null);
  const [since_ms] = useState(() => performance.now());
  useEffect(() => place.current?.querySelector("button")?.focus(), []);
  const close = () => {
    if (performance.now() - since_ms > DOUBLE_CLICK_MS) onClose();
  };
  return (
    <span ref={place}>
      <Button onClick={close}>{say("do.close")}</Button>
    </span>
  );
}

/** How long the command is good for still. */
function Countdown() {
  const [left_s, setLeft] = useState(LIFETIME_S);
  useEffect(() => {
    const timer = setInterval(() => setLeft((left) => Math.max(0, left - 1)), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="countdown" role="status">
      <span class="spinner" aria-hidden="true" />
      <span>{say("pending.wait")}</span>
      <span class="muted numbers" aria-hidden="true">
        {left_s} s
      </span>
    </div>
  );
}
