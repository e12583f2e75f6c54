/** Where the page is. Paths are those that the server answers with index.html. */

import type { ComponentChildren } from "preact";
import { Store, useStore } from "./store.ts";

export interface Route {
  /** Without a slash at its end, `/` itself excepted. */
  path: string;
  /** The path's words, decoded: `["people", "Ada"]`. */
  parts: readonly string[];
  query: URLSearchParams;
}

/** Each page is given the rest of the path: the visit's id, the person's or the door's name. */
export interface PageArguments {
  rest: string | undefined;
}

function here(): Route {
  const path = location.pathname.replace(/\/+$/, "") || "/";
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { path, parts, query: new URLSearchParams(location.search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = new Store<Route>(here());

/** Whether the page has moved since it was opened: then the new heading takes the focus. */
export const moves = { count: 0 };

addEventListener("popstate", () => {
  moves.count += 1;
  route.set(here());
});

/** `replace`: without an entry in the browser's history, for filters that change as one types. */
export function navigate(href: string, { replace = false } = {}): void {
  if (href === location.pathname + location.search) return;
  if (replace) {
    history.replaceState(null, "", href);
  } else {
    history.pushState(null, "", href);
    moves.count += 1;
    scrollTo(0, 0);
  }
  route.set(here());
}

export function useRoute(): Route {
  return useStore(route);
}

/** `/people/Ada%20L` for `path("people", "Ada L")`. */
export function path(...parts: string[]): string {
  return "/" + parts.map(encodeURIComponent).join("/");
}

interface LinkProps {
  href: string;
  class?: string;
  current?: boolean;
  label?: string;
  title?: string;
  children: ComponentChildren;
}

/** A link within the page; with Ctrl, Shift or the middle button the browser's own. */
export function Link({ href, class: name, current, label, title, children }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a
      href={href}
      class={name}
      title={title}
      aria-label={label}
      aria-current={current ? "page" : undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}
