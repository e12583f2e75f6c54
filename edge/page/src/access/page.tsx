import { Page } from "../parts/page.tsx";
import type { PageArguments } from "../routes.tsx";
import { say } from "../words/words.ts";

export function AccessPage(_: PageArguments) {
  return <Page title={say("nav.access")}>{null}</Page>;
}
