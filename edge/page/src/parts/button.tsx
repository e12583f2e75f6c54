import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface ButtonProps {
  kind?: "normal" | "main" | "soft" | "danger" | "plain";
  icon?: IconName;
  /** Says what the button is for where its text does not stand alone, such as "Unlock front". */
  label?: string;
  title?: string;
  type?: "button" | "submit";
  /** Drawn as not usable, but still reached by keyboard, so that `title` can say why. */
  disabled?: boolean;
  /** Something is under way: it turns, and a click does nothing. */
  busy?: boolean;
  expanded?: boolean;
  onClick?: (event: MouseEvent) => void;
  children?: ComponentChildren;
}

const CLASSES = { normal: "", main: " main-action", soft: " soft", danger: " danger", plain: " plain" };

export function Button(props: ButtonProps) {
  const { kind = "normal", icon, label, title, type = "button", disabled, busy, expanded } = props;
  const { onClick, children } = props;
  const isOff = disabled || busy;
  const click = (event: MouseEvent) => {
    if (isOff) event.preventDefault();
    else onClick?.(event);
  };
  return (
    <button
      type={type}
      class={`button${CLASSES[kind]}${children ? "" : " icon-only"}`}
      aria-label={label}
      aria-disabled={isOff ? "true" : undefined}
      aria-busy={busy ? "true" : undefined}
      aria-expanded={expanded === undefined ? undefined : expanded}
      title={title ?? (children ? undefined : label)}
      onClick={click}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} size={18} />}
      {children}
    </button>
  );
}
