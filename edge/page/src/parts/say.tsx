/** Sentences with names, times and other nodes in them; names as people write them. */

import type { ComponentChildren, VNode } from "preact";
import { problemWords, type Told } from "../words/problems.ts";
import { type CodeKind, codeTemplate, template, type Word } from "../words/words.ts";

/** A name of a person, door or device: of any script and length, it disturbs nothing around it. */
export function Name({ of }: { of: string }) {
  return (
    <bdi class="name" title={of.length > 24 ? of.slice(0, 200) : undefined}>
      {of.length > 200 ? `${of.slice(0, 200)}…` : of}
    </bdi>
  );
}

/** The sentence `of` with each `{place}` filled by the property of that name. */
export function Say({ of, ...places }: { of: Word } & Record<string, ComponentChildren>): VNode {
  return <>{filled(template(of as Word), places)}</>;
}

/** The same for a code from the door. */
export function SayCode(props: { kind: CodeKind; code: string } & Record<string, ComponentChildren>): VNode {
  const { kind, code, ...places } = props;
  return <>{filled(codeTemplate(kind, code), places)}</>;
}

/** What is wrong, in one sentence of this page's or the door's. */
export function ProblemSentence({ of, class: style }: { of: Told; class?: string }) {
  const { words, lang } = problemWords(of);
  return (
    <p class={style} lang={lang} dir="auto">
      {words}
    </p>
  );
}

/** `text` with its places filled by nodes. */
export function filled(text: string, places: Record<string, ComponentChildren>): ComponentChildren[] {
  // Split by a group: what stands between braces is every second part.
  return text
    .split(/\{(\w+)\}/)
    .map((part, n) => (n % 2 ? (part in places ? places[part] : `{${part}}`) : part));
}
