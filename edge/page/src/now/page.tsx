/** Now: how the doors stand, what needs somebody, who was there last. */

import { useLive } from "../live.ts";
import { Page } from "../parts/page.tsx";
import { Card } from "../parts/card.tsx";
import { say } from "../words/words.ts";
import { Doors } from "./doors.tsx";
import { Needs } from "./needs.tsx";
import { Recent } from "./recent.tsx";
import { Today } from "./today.tsx";

export function NowPage() {
  const isLoading = useLive((state) => state.phase === "loading");
  return (
    <Page title={say("now.title")}>
      {isLoading ? (
        <Loading />
      ) : (
        <div class="now">
          <div class="stack wide">
            <Doors />
            <Recent />
          </div>
          <div class="stack wide side">
            <Needs />
            <Today />
          </div>
        </div>
      )}
    </Page>
  );
}

function Loading() {
  return (
    <div class="doors" role="status" aria-label={say("loading")}>
      {[1, 2].map((n) => (
        <Card key={n}>
          <div class="skeleton" />
        </Card>
      ))}
    </div>
  );
}
