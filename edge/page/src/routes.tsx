/** Which page stands at which path. */

import type { VNode } from "preact";
import { AccessPage } from "./access/page.tsx";
import { DevicesPage } from "./devices/page.tsx";
import { DoorsPage } from "./doors/page.tsx";
import { JoinPage } from "./join/page.tsx";
import { JournalPage } from "./journal/page.tsx";
import { NowPage } from "./now/page.tsx";
import { PeoplePage } from "./people/page.tsx";
import { Empty } from "./parts/empty.tsx";
import { Page } from "./parts/page.tsx";
import { Link, type PageArguments, type Route } from "./router.tsx";
import { SettingsPage } from "./settings/page.tsx";
import { VisitsPage } from "./visits/page.tsx";
import { say } from "./words/words.ts";

const PAGES: Record<string, (props: PageArguments) => VNode> = {
  "": NowPage,
  visits: VisitsPage,
  people: PeoplePage,
  access: AccessPage,
  doors: DoorsPage,
  journal: JournalPage,
  devices: DevicesPage,
  join: JoinPage,
  settings: SettingsPage,
};

export function routed({ parts }: Route): VNode {
  const [name = "", rest] = parts;
  const Found = Object.hasOwn(PAGES, name) ? PAGES[name] : undefined;
  if (!Found) return <Missing />;
  return <Found key={name} rest={rest} />;
}

function Missing() {
  return (
    <Page title={say("nav.missing")}>
      <Empty title={say("nav.missing")} action={<Link href="/">{say("nav.missing.do")}</Link>} />
    </Page>
  );
}
