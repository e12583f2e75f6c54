import { useState } from "preact/hooks";
import { say } from "../words/words.ts";
import { Button } from "./button.tsx";

/** Text to copy, such as a command or a link. */
export function Copyable({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div class="stack tight">
      <code class="code" tabIndex={0}>
        {text}
      </code>
      {navigator.clipboard && (
        <div class="row">
          <Button icon={isCopied ? "check" : undefined} onClick={copy}>
            {say(isCopied ? "do.copied" : "do.copy")}
          </Button>
          <span class="hidden" role="status">
            {isCopied ? say("do.copied") : ""}
          </span>
        </div>
      )}
    </div>
  );
}
