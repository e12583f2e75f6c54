import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

/** Nothing here yet: says so, and what makes the first entry. */
export function Empty(props: { icon?: IconName; title: string; action?: ComponentChildren; children?: ComponentChildren }) {
  const { icon = "info", title, action, children } = props;
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="head">{title}</p>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}
