/** Journal: who did what by which key, and what happened at the doors beside visits. */

import { useEffect, useRef, useState } from "preact/hooks";
import { doorsFor, useMe } from "../device.ts";
import { onForgotten, useLive } from "../live.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { Select } from "../parts/field.tsx";
import { Page } from "../parts/page.tsx";
import type { Entry } from "../wire.ts";
import { resultWords } from "../words/results.ts";
import { say, sayCount } from "../words/words.ts";
import { deeds } from "./deeds.ts";
import { fromDoor, fromServer, type Loaded, save } from "./entries.ts";
import { EntryRow } from "./row.tsx";

/** So many deeds are looked for, through so many pages of the server's, before somebody asks for more. */
const FEW_DEEDS = 20;
const MOST_PAGES = 10;

const KINDS = ["deeds", "all", "command", "door"] as const;
type Kind = (typeof KINDS)[number];

export function JournalPage() {
  const who = useMe();
  const names = useLive((state) => state.doors).map(({ name }) => name);
  const [door, setDoor] = useState("");
  const [kind, setKind] = useState<Kind>("deeds");
  const [isFromDoor, setFromDoor] = useState(false);
  const [isVerifying, setVerifying] = useState(false);
  const { loaded, isBusy, failed, pages, goOn } = useEntries(door, isFromDoor);
  const shown = kind === "deeds" ? deeds(loaded) : loaded.filter((entry) => kind === "all" || entry.kind === kind);
  const folded = kind === "deeds" ? loaded.length - shown.length : 0;
  const isThin = kind === "deeds" && !isFromDoor && shown.length < FEW_DEEDS && pages < MOST_PAGES;
  useEffect(() => {
    if (isThin && !isBusy) goOn?.(); // what pages asked may fill a hundred entries
  }, [isThin, isBusy]);
  const canAsk = door !== "" && doorsFor("journal", who).includes(door);
  const source = () => setFromDoor(!isFromDoor);
  const chooseDoor = (name: string) => {
    setFromDoor(false);
    setDoor(name);
  };
  const actions = (
    <>
      <Button icon="shield" onClick={() => setVerifying(true)}>
        {say("journal.verify")}
      </Button>
      <Button disabled={!shown.length} onClick={() => save(shown, `${door || "facedoor"}.jsonl`)}>
        {say("journal.export")}
      </Button>
    </>
  );
  return (
    <Page title={say("journal.title")} text={say("journal.text")} actions={actions}>
      <div class="stack">
        <div class="journal-filters">
          <Select
            label={say("journal.door")}
            value={door}
            options={[["", say("journal.all_doors")], ...names.map((name) => [name, name] as const)]}
            onChange={chooseDoor}
          />
          <Select
            label={say("journal.kind")}
            value={kind}
            options={KINDS.map((each) => [each, say(`journal.kind.${each}`)] as const)}
            onChange={setKind}
          />
          {canAsk && (
            <Button kind="plain" title={say("journal.from_door.text")} onClick={source}>
              {say(isFromDoor ? "journal.from_server" : "journal.from_door")}
            </Button>
          )}
        </div>
        {failed && <Banner tone="warn">{failed}</Banner>}
        <Card flush>
          {!shown.length && !isBusy && (
            <Empty icon="journal" title={say("journal.none")}>
              {say("journal.none.text")}
            </Empty>
          )}
          <ul class="entries">
            {shown.map((entry) => (
              <EntryRow key={`${entry.door} ${entry.id} ${entry.kind}`} entry={entry} hasDoor={!door} />
            ))}
          </ul>
          {folded > 0 && !isBusy && (
            <div class="folded">
              <p class="muted small">{sayCount("journal.folded", folded)}</p>
              <Button kind="plain" onClick={() => setKind("all")}>
                {say("journal.folded.show")}
              </Button>
            </div>
          )}
          {(isBusy || goOn) && (
            <div class="more-rows">
              <Button kind="plain" busy={isBusy} onClick={goOn ?? undefined}>
                {say(isBusy ? "loading" : "do.more")}
              </Button>
            </div>
          )}
        </Card>
      </div>
      {isVerifying && <VerifyDialog onClose={() => setVerifying(false)} />}
    </Page>
  );
}

/** What is loaded, with what is heard meanwhile before it. */
function useEntries(door: string, isFromDoor: boolean) {
  const heard = useLive((state) => state.entries);
  const [pages, setPages] = useState<readonly Loaded[]>([]);
  const [isBusy, setBusy] = useState(true);
  const [failed, setFailed] = useState<string | null>(null);
  const [erasures, setErasures] = useState(0);
  const asking = useRef({ isOver: false });
  useEffect(() => {
    const own = { isOver: false };
    asking.current = own;
    setPages([]);
    void load(null, own);
    return () => {
      own.isOver = true;
    };
  }, [door, isFromDoor, erasures]);
  // Names of whom a door has forgotten go with what was loaded; no effect may close over that, either.
  const erase = () => {
    asking.current.isOver = true;
    setPages([]);
    setErasures((count) => count + 1);
  };
  useEffect(() => onForgotten(erase), []);

  async function load(before: string | null, own: { isOver: boolean }) {
    setBusy(true);
    setFailed(null);
    try {
      const page = await (isFromDoor ? fromDoor : fromServer)(door, before);
      if (own.isOver) return;
      setPages((known) => [...known, page]);
      const { result } = page;
      if (result && result.outcome !== "done") setFailed(resultWords(result, door));
    } catch (error) {
      if (own.isOver) return;
      setFailed(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  }

  const more = pages.at(-1)?.more ?? null;
  const old = pages.flatMap(({ entries }) => entries);
  const place = ({ door: at, id }: Entry) => `${at} ${id}`;
  const known = new Set(old.map(place));
  const fresh = isFromDoor
    ? []
    : heard.filter((entry) => (!door || entry.door === door) && !known.has(place(entry)));
  return {
    loaded: [...fresh, ...old],
    isBusy,
    failed,
    pages: pages.length,
    goOn: more === null ? null : () => void load(more, asking.current),
  };
}

function VerifyDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={say("journal.verify.title")} onClose={onClose}>
      <p class="muted">{say("journal.verify.text")}</p>
      <code class="code">sudo facedoor journal verify</code>
      <p class="muted">{say("journal.verify.more")}</p>
      <code class="code">{"sudo facedoor journal export > journal.jsonl"}</code>
      <div class="actions">
        <Button kind="main" onClick={onClose}>
          {say("do.close")}
        </Button>
      </div>
    </Dialog>
  );
}
