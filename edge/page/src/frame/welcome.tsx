/** What a browser sees that no door knows: how to become known, and nothing else. */

import { useMe } from "../device.ts";
import { Banner } from "../parts/banner.tsx";
import { Card } from "../parts/card.tsx";
import { Page } from "../parts/page.tsx";
import { sayCode, say } from "../words/words.ts";

export function Welcome() {
  const { phase, problem } = useMe();
  return (
    <Page title={say("welcome.title")}>
      {phase !== "insecure" && (
        <Card>
          <div class="stack">
            {problem && (
              <Banner tone="bad">{say("banner.signed_out", { reason: sayCode("refusal", problem) })}</Banner>
            )}
            <p>{say("welcome.text")}</p>
            <code class="code">sudo facedoor keys invite NAME --role viewer</code>
            <p>{say("welcome.then")}</p>
          </div>
        </Card>
      )}
    </Page>
  );
}
