import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface CardProps {
  title?: ComponentChildren;
  /** Beside the title: a badge, a link, a button. */
  aside?: ComponentChildren;
  /** The content reaches the edges, for tables and lists with rows of their own. */
  flush?: boolean;
  class?: string;
  children: ComponentChildren;
}

/** A part of a page with a heading; a landmark that screen readers list by that. */
export function Card({ title, aside, flush, class: name, children }: CardProps) {
  const id = useId();
  return (
    <section class={`card ${name ?? ""}`} aria-labelledby={title ? id : undefined}>
      {(title || aside) && (
        <header>
          {title && <h2 id={id}>{title}</h2>}
          {aside}
        </header>
      )}
      <div class={flush ? "body flush" : "body"}>{children}</div>
    </section>
  );
}
