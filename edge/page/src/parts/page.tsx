import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { moves } from "../router.tsx";

interface PageProps {
  title: string;
  /** The heading where it is more than text, such as a name. */
  heading?: ComponentChildren;
  text?: ComponentChildren;
  actions?: ComponentChildren;
  /** Uses the whole width of large screens. */
  whole?: boolean;
  children: ComponentChildren;
}

/** One page: its heading takes the focus when one has come here from another page. */
export function Page({ title, heading, text, actions, whole, children }: PageProps) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · facedoor`;
  }, [title]);
  useLayoutEffect(() => {
    if (moves.count) head.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class={whole ? "page whole" : "page"}>
      <header>
        <div>
          <h1 tabIndex={-1} ref={head}>
            {heading ?? title}
          </h1>
          {text && <p>{text}</p>}
        </div>
        {actions && <div class="row wraps">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
