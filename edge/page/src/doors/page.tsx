import { Page } from "../parts/page.tsx";
import type { PageArguments } from "../routes.tsx";
import { say } from "../words/words.ts";

export function DoorsPage(_: PageArguments) {
  return <Page title={say("nav.doors")}>{null}</Page>;
}
