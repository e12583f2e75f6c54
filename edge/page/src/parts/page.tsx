import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Link, moves } from "../router.tsx";
import { Icon } from "./icon.tsx";

interface PageProps {
  title: string;
  /** The heading where it is more than text, such as a name. */
  heading?: ComponentChildren;
  text?: ComponentChildren;
  actions?: ComponentChildren;
  /** The list that this is one of: its address and what it is called. */
  back?: readonly [href: string, words: string];
  children: ComponentChildren;
}

/** One page: its heading takes the focus when one has come here from another page. */
export function Page({ title, heading, text, actions, back, children }: PageProps) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · facedoor`;
  }, [title]);
  useLayoutEffect(() => {
    if (moves.count) head.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="page">
      <header>
        <div>
          {back && (
            <Link href={back[0]} class="back">
              <Icon name="back" size={18} />
              {back[1]}
            </Link>
          )}
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
