/** Takes a key away, for good: at one door, or wherever this device may. */

import { useState } from "preact/hooks";
import { type Result, send } from "../device.ts";
import { Banner } from "../parts/banner.tsx";
import { Button } from "../parts/button.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Check, Select } from "../parts/field.tsx";
import { Name, Say } from "../parts/say.tsx";
import type { KeyInfo } from "../wire.ts";
import { resultWords } from "../words/results.ts";
import { say } from "../words/words.ts";

interface RevokeProps {
  door: string;
  /** All doors at which this device may revoke. */
  doors: readonly string[];
  choices: readonly KeyInfo[];
  /** Then it is taken away everywhere. */
  isLost: boolean;
  own: string | undefined;
  onClose: () => void;
}

export function RevokeDialog({ door, doors, choices, isLost, own, onClose }: RevokeProps) {
  const [chosen, setChosen] = useState(choices[0]?.fingerprint ?? "");
  const [isEverywhere, setEverywhere] = useState(isLost || doors.length > 1);
  const [isBusy, setBusy] = useState(false);
  const [answers, setAnswers] = useState<readonly (readonly [string, Result])[] | null>(null);
  const key = choices.find(({ fingerprint }) => fingerprint === chosen);
  if (!key) return null;
  const revoke = async () => {
    setBusy(true);
    const at = isEverywhere ? doors : [door];
    setAnswers(
      await Promise.all(
        at.map(async (name) => [name, await send(name, "revoke", { key: key.fingerprint })] as const),
      ),
    );
    setBusy(false);
  };
  const asked = <Say of="devices.revoke.title" device={<Name of={key.name} />} />;
  return (
    <Dialog title={isLost ? say("devices.lost.do") : asked} onClose={onClose}>
      {isLost && (
        <Select
          label={say("devices.lost.choose")}
          value={chosen}
          options={choices.map(({ fingerprint, name }) => [fingerprint, name] as const)}
          onChange={setChosen}
        />
      )}
      <p class="muted">
        {isLost ? say("devices.lost.text") : <Say of="devices.revoke.text" door={<Name of={door} />} />}
      </p>
      {chosen === own && <Banner tone="warn">{say("devices.revoke.own")}</Banner>}
      {!isLost && doors.length > 1 && !answers && (
        <Check label={say("devices.revoke.everywhere")} checked={isEverywhere} onChange={setEverywhere} />
      )}
      {answers && (
        <ul class="list" role="status">
          {answers.map(([name, result]) => (
            <li key={name}>
              <Say of="join.at" door={<Name of={name} />} what={resultWords(result, name)} />
            </li>
          ))}
        </ul>
      )}
      <div class="actions">
        <Button onClick={onClose}>{say(answers ? "do.close" : "do.cancel")}</Button>
        {!answers && (
          <Button kind="danger" busy={isBusy} onClick={revoke}>
            {say("devices.revoke")}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
