/** The mode of a door: whom it opens to at all. A lockdown is asked about once more. */

import { useState } from "preact/hooks";
import { may, type Result, send, useMe } from "../device.ts";
import { Answer } from "../parts/answer.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Name, Say } from "../parts/say.tsx";
import type { Door, Mode } from "../wire.ts";
import { say, sayCode } from "../words/words.ts";

const MODES: readonly Mode[] = ["normal", "face_off", "lockdown"];

export function ModeCard({ door }: { door: Door }) {
  const who = useMe();
  const [busy, setBusy] = useState<Mode | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [told, setTold] = useState<{ mode: Mode; result: Result } | null>(null);
  const mayAct = may("mode", door.name, who);
  const current = door.state?.mode ?? null;
  const set = async (mode: Mode) => {
    setAsking(false);
    setBusy(mode);
    const tell = (result: Result) => setTold({ mode, result });
    tell(await send(door.name, "mode", { mode }, { onLate: tell }));
    setBusy(null);
  };
  return (
    <Card title={say("mode.title")}>
      <div class="stack">
        <p class="muted small">{say("mode.text")}</p>
        <div class="modes" role="group" aria-label={say("mode.title")}>
          {MODES.map((mode) => (
            <button
              key={mode}
              type="button"
              aria-pressed={mode === current}
              aria-disabled={!mayAct || !door.online || busy !== null || undefined}
              class={mode === "lockdown" ? "grave" : undefined}
              onClick={() => {
                if (!mayAct || !door.online || busy !== null || mode === current) return;
                if (mode === "lockdown") setAsking(true);
                else void set(mode);
              }}
            >
              <strong>
                {sayCode("mode", mode)}
                {busy === mode && <span class="spinner" aria-hidden="true" />}
              </strong>
              <span class="small">{say(`mode.${mode}.text`)}</span>
            </button>
          ))}
        </div>
        {!mayAct && <p class="muted small">{say("mode.no_right")}</p>}
        {told && (
          <Answer result={told.result} door={door.name}>
            <Say of="mode.done" door={<Name of={door.name} />} mode={sayCode("mode", told.mode)} />
          </Answer>
        )}
      </div>
      {isAsking && (
        <Dialog
          title={<Say of="mode.lockdown.title" door={<Name of={door.name} />} />}
          onClose={() => setAsking(false)}
        >
          <p>{say("mode.lockdown.ask")}</p>
          <div class="actions">
            <Button onClick={() => setAsking(false)}>{say("do.cancel")}</Button>
            <Button kind="danger" onClick={() => void set("lockdown")}>
              {say("mode.lockdown.do")}
            </Button>
          </div>
        </Dialog>
      )}
    </Card>
  );
}
