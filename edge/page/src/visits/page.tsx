import { Page } from "../parts/page.tsx";
import type { PageArguments } from "../routes.tsx";
import { say } from "../words/words.ts";

export function VisitsPage(_: PageArguments) {
  return <Page title={say("nav.visits")}>{null}</Page>;
}
