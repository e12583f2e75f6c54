import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

const ICONS: Record<string, IconName> = { info: "info", warn: "warning", bad: "warning", good: "check" };

/** A state of the whole page, or the outcome of something; read aloud when it appears. */
export function Banner(props: {
  tone?: "info" | "warn" | "bad" | "good";
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  const { tone = "info", action, children } = props;
  return (
    <div class={`banner ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={ICONS[tone] ?? "info"} />
      <div class="text">{children}</div>
      {action}
    </div>
  );
}
