/** What is changed and not sent yet: the door compares it with what it has, then it is signed. */

import { useEffect, useState } from "preact/hooks";
import { type Result, send } from "../device.ts";
import { Answer } from "../parts/answer.tsx";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Name, Say } from "../parts/say.tsx";
import { askRoster } from "../people/roster.ts";
import type { Door } from "../wire.ts";
import { say } from "../words/words.ts";
import type { RulesDocument } from "./rules.ts";

interface ChangesProps {
  door: Door;
  rules: RulesDocument;
  /** Of the document that was edited; null at a door that does not tell it. */
  hash: string | null;
  onSent: () => void;
  onReload: () => void;
  onClose: () => void;
}

export function ChangesDialog({ door, rules, hash, onSent, onReload, onClose }: ChangesProps) {
  const [compared, setCompared] = useState<Result | null>(null);
  const [sent, setSent] = useState<Result | null>(null);
  const [isBusy, setBusy] = useState(false);
  const condition = hash === null ? {} : { if: hash };
  useEffect(() => {
    if (hash === null) return;
    void send(door.name, "set_rules", { rules, dry_run: true, ...condition }).then(setCompared);
  }, []);
  const set = async () => {
    setBusy(true);
    const tell = async (result: Result) => {
      setSent(result);
      if (result.outcome !== "done") return;
      await askRoster(door.name);
      onSent();
    };
    const onLate = (result: Result) => void tell(result);
    await tell(await send(door.name, "set_rules", { rules, ...condition }, { onLate }));
    setBusy(false);
  };
  const isOvertaken = [compared, sent].some((result) => result?.reason === "overtaken");
  const canSend = hash === null || compared?.outcome === "done";
  return (
    <Dialog wide title={say("changes.title")} onClose={onClose}>
      {hash === null ? (
        <Banner tone="warn">{say("changes.old_door")}</Banner>
      ) : compared === null ? (
        <p class="row" role="status">
          <span class="spinner" aria-hidden="true" />
          {say("changes.looking")}
        </p>
      ) : compared.outcome === "done" ? (
        <Compared door={door} result={compared} />
      ) : (
        !isOvertaken && <Answer result={compared} door={door.name} />
      )}
      {isOvertaken ? (
        <Banner tone="warn">
          <strong>{say("changes.overtaken")}</strong>
          <p class="small">{say("changes.overtaken.text")}</p>
        </Banner>
      ) : (
        sent && <Answer result={sent} door={door.name} />
      )}
      <div class="actions">
        <Button onClick={onClose}>{say("do.cancel")}</Button>
        {isOvertaken ? (
          <Button kind="main" onClick={onReload}>
            {say("changes.reload")}
          </Button>
        ) : (
          <Button kind="main" busy={isBusy} disabled={!canSend || !door.online} onClick={() => void set()}>
            {say("changes.send")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function linesOf(result: Result, key: "changes" | "warnings"): readonly string[] {
  const lines = result.values?.[key];
  return Array.isArray(lines) ? lines.map(String) : [];
}

function Compared({ door, result }: { door: Door; result: Result }) {
  const [changes, warnings] = [linesOf(result, "changes"), linesOf(result, "warnings")];
  return (
    <div class="stack">
      {changes.length ? (
        <>
          <p>
            <Say of="changes.text" door={<Name of={door.name} />} />
          </p>
          <ul class="difference" lang="en" dir="auto">
            {changes.map((line) => (
              <li key={line} class={/^\s*[-−]/.test(line) ? "less" : /^\s*\+/.test(line) ? "more" : undefined}>
                {line}
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p class="muted">{say("changes.none")}</p>
      )}
      {warnings.length > 0 && (
        <Banner tone="warn">
          <strong>{say("changes.warnings")}</strong>
          <ul lang="en" dir="auto">
            {warnings.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </Banner>
      )}
    </div>
  );
}
