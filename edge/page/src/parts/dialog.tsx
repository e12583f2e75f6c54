import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";

interface DialogProps {
  title: ComponentChildren;
  wide?: boolean;
  /** By Esc, by a click beside it, or by a button of its own. */
  onClose: () => void;
  children: ComponentChildren;
}

/** A dialog over the page, which waits behind it. The focus returns to where it was. */
export function Dialog({ title, wide, onClose, children }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const before = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    return () => {
      element?.close(); // as long as it is open, nothing else can have the focus
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    const element = dialog.current;
    const cancel = (event: Event) => {
      event.preventDefault(); // whoever opened it takes it away
      close.current();
    };
    const beside = (event: MouseEvent) => {
      // The second half of a double click was meant for what stood there before.
      if (event.target === element && event.detail < 2) close.current();
    };
    element?.addEventListener("cancel", cancel);
    element?.addEventListener("mousedown", beside);
    return () => {
      element?.removeEventListener("cancel", cancel);
      element?.removeEventListener("mousedown", beside);
    };
  }, []);
  return (
    <dialog ref={dialog} class={wide ? "wide" : undefined} aria-labelledby={id}>
      <div class="inner">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}
