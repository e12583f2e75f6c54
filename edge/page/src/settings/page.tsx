/** Settings: language, appearance, and what this browser keeps. */

import { useState } from "preact/hooks";
import { useMe } from "../device.ts";
import { forgetThisDevice } from "../device/join.ts";
import { ThisDevice } from "../devices/page.tsx";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Choice } from "../parts/field.tsx";
import { Page } from "../parts/page.tsx";
import { chooseLanguage, chooseTheme, type Theme, theme } from "../preferences.ts";
import { useStore } from "../store.ts";
import { type Language, LANGUAGES, language, say } from "../words/words.ts";

const THEMES: readonly Theme[] = ["auto", "light", "dark"];

export function SettingsPage() {
  const who = useMe();
  const chosen = useStore(language);
  const look = useStore(theme);
  const [isForgetting, setForgetting] = useState(false);
  return (
    <Page title={say("settings.title")}>
      <div class="stack wide">
        <Card>
          <div class="stack wide">
            <Choice
              label={say("settings.language")}
              value={chosen}
              options={Object.entries(LANGUAGES) as [Language, string][]}
              onChange={chooseLanguage}
            />
            <Choice
              label={say("settings.theme")}
              value={look}
              options={THEMES.map((each) => [each, say(`settings.theme.${each}`)] as const)}
              onChange={chooseTheme}
            />
          </div>
        </Card>
        <ThisDevice who={who} />
        <Card title={say("settings.stored")}>
          <div class="stack">
            <ul class="bullets">
              <li>{say("settings.stored.key")}</li>
              <li>{say("settings.stored.look")}</li>
              <li>{say("settings.stored.session")}</li>
              <li>{say("settings.stored.memory")}</li>
            </ul>
            <p class="muted">{say("settings.about.text")}</p>
            {who.device && (
              <div class="row">
                <Button kind="danger" onClick={() => setForgetting(true)}>
                  {say("settings.forget")}
                </Button>
              </div>
            )}
          </div>
        </Card>
      </div>
      {isForgetting && <ForgetDialog onClose={() => setForgetting(false)} />}
    </Page>
  );
}

function ForgetDialog({ onClose }: { onClose: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const forget = async () => {
    setBusy(true);
    await forgetThisDevice();
    location.assign("/");
  };
  return (
    <Dialog title={say("settings.forget.title")} onClose={onClose}>
      <p class="muted">{say("settings.forget.text")}</p>
      <div class="actions">
        <Button onClick={onClose}>{say("do.cancel")}</Button>
        <Button kind="danger" busy={isBusy} onClick={forget}>
          {say("settings.forget.do")}
        </Button>
      </div>
    </Dialog>
  );
}
