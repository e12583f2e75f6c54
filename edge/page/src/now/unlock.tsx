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
import { say } from "../words/words.ts";
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
  return (
    <p class="release" role="status">
      {shown && <ReleaseWords door={door} shown={shown} />}
    </p>
  );
}

function ReleaseWords({ door, shown }: { door: string; shown: Release }) {
  if (!shown.result) return <Say of="pending.sent" door={<Name of={door} />} />;
  if (shown.isLate && shown.result.outcome === "done") return <>{say("result.late", { door })}</>;
  if (shown.result.outcome === "done") return <Say of="unlock.done" door={<Name of={door} />} />;
  return <>{resultWords(shown.result, door, true)}</>;
}

function UnlockDialog({ door, onClose }: { door: string; onClose: () => void }) {
  const presets = [say("unlock.parcel"), say("unlock.guest"), say("unlock.forgot")];
  const [why, setWhy] = useState(presets[0] ?? "");
  const [isAsked, setAsked] = useState(false);
  const shown = useRelease(door);
  const close = () => {
    dismiss(door);
    onClose();
  };
  const ask = (event?: Event) => {
    event?.preventDefault();
    setAsked(true);
    void release(door, why.trim());
  };
  if (isAsked && shown) return <Answer door={door} shown={shown} onClose={close} onAgain={ask} />;
  return (
    <Dialog title={<Say of="unlock.title" door={<Name of={door} />} />} onClose={onClose}>
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
          <Button onClick={onClose}>{say("do.cancel")}</Button>
          <Button kind="main" type="submit" icon="unlocked">
            {say("unlock.do")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface AnswerProps {
  door: string;
  shown: Release;
  onClose: () => void;
  onAgain: () => void;
}

function Answer({ door, shown, onClose, onAgain }: AnswerProps) {
  const { result } = shown;
  const outcome = result?.outcome;
  const word = !outcome
    ? "unlock.pending"
    : outcome === "done"
      ? "unlock.done"
      : outcome === "unknown"
        ? "unlock.unknown"
        : "unlock.refused";
  const tone = outcome === "done" ? "good" : outcome === "unknown" ? "warn" : "bad";
  return (
    <Dialog title={<Say of={word} door={<Name of={door} />} />} onClose={onClose}>
      {!outcome && <Countdown />}
      {outcome === "done" && (
        <div class="opened" role="status">
          <Icon name="unlocked" size={40} />
          <span class="hidden">{say("unlock.done", { door })}</span>
        </div>
      )}
      {result && outcome !== "done" && <Banner tone={tone}>{resultWords(result, door, true)}</Banner>}
      <div class="actions">
        {outcome && outcome !== "done" && <Button onClick={onAgain}>{say("unlock.again")}</Button>}
        <CloseButton onClose={onClose} isLast={Boolean(outcome)} />
      </div>
    </Dialog>
  );
}

/** Takes the focus when there is nothing left to do but to close. */
function CloseButton({ onClose, isLast }: { onClose: () => void; isLast: boolean }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (isLast) place.current?.querySelector("button")?.focus();
  }, [isLast]);
  return (
    <span ref={place}>
      <Button onClick={onClose}>{say("do.close")}</Button>
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
