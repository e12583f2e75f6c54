/** The keys of Visits, and the dialog that tells them. */

import { useEffect, useRef } from "preact/hooks";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { say, type Word } from "../words/words.ts";

export type Key = "down" | "up" | "open" | "find" | "back" | "help";

const KEYS: Readonly<Record<string, Key>> = {
  j: "down",
  k: "up",
  ArrowDown: "down",
  ArrowUp: "up",
  Enter: "open",
  "/": "find",
  Escape: "back",
  "?": "help",
};

/** Somebody types, or a dialog is open: there a letter is a letter. */
function isTyping(event: KeyboardEvent): boolean {
  const { target } = event;
  if (document.querySelector("dialog[open]")) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && ["checkbox", "radio"].includes(target.type)) return false;
  return target.matches("input, textarea, select, [contenteditable]");
}

/** Keys of other things that have the focus are theirs: Enter on a button, arrows in choices. */
function isTheirs(event: KeyboardEvent): boolean {
  const { key, target } = event;
  if (!(target instanceof HTMLElement) || target.closest("[data-visit]")) return false;
  const isUsed = target.matches("a, button, input, select, summary");
  return isUsed && (key === "Enter" || key.startsWith("Arrow"));
}

/** Calls `act` for each of the keys, while the component is drawn; true: it was of use. */
export function useKeys(act: (key: Key) => boolean): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = KEYS[event.key];
      if (!key || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event) && !(key === "back" && !document.querySelector("dialog[open]"))) return;
      if (isTheirs(event)) return;
      if (latest.current(key)) event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

const TOLD: readonly [string, Word][] = [
  ["j", "visits.keys.down"],
  ["k", "visits.keys.up"],
  ["Enter", "visits.keys.open"],
  ["/", "visits.keys.find"],
  ["Esc", "visits.keys.back"],
  ["?", "visits.keys.help"],
];

export function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={say("visits.keys")} onClose={onClose}>
      <dl class="facts key-list">
        {TOLD.map(([key, word]) => (
          <>
            <dt key={key}>
              <kbd>{key}</kbd>
            </dt>
            <dd>{say(word)}</dd>
          </>
        ))}
      </dl>
      <div class="actions">
        <Button onClick={onClose}>{say("do.close")}</Button>
      </div>
    </Dialog>
  );
}
