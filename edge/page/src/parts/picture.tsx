import { useEffect, useRef, useState } from "preact/hooks";
import { holdPicture, may, pictureOf, useMe } from "../device.ts";
import { Store, useStore } from "../store.ts";
import { say } from "../words/words.ts";
import { Icon } from "./icon.tsx";
import type { PictureState } from "../device/pictures.ts";

const NOTHING = new Store<PictureState>({ phase: "none", url: null, reason: null });

interface PictureProps {
  door: string;
  visit: string;
  /** Whether the door has kept one. */
  isKept: boolean;
  large?: boolean;
}

/** The picture of a visit, asked of the door when it comes into sight; else a figure. */
export function Picture({ door, visit, isKept, large }: PictureProps) {
  const who = useMe();
  const place = useRef<HTMLSpanElement>(null);
  const [isSeen, setSeen] = useState(false);
  const [broken, setBroken] = useState<string | null>(null);
  const isWanted = isKept && may("picture", door, who);
  useEffect(() => {
    if (!isWanted || isSeen || !place.current) return undefined;
    const eye = new IntersectionObserver((seen) => {
      if (seen.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    eye.observe(place.current);
    return () => eye.disconnect();
  }, [isWanted, isSeen]);
  const isShown = isWanted && isSeen;
  useEffect(() => (isShown ? holdPicture(door, visit) : undefined), [door, visit, isShown]);
  const picture = useStore(isShown ? pictureOf(door, visit) : NOTHING);
  const isWaiting = isWanted && (!isSeen || picture.phase === "wait");
  const word = isWaiting ? "picture.wait" : isKept ? "picture.gone" : "picture.none";
  return (
    <span class={large ? "picture large" : "picture"} ref={place}>
      {picture.url && picture.url !== broken ? (
        <img src={picture.url} alt={say("picture.of")} onError={() => setBroken(picture.url)} />
      ) : (
        <span role="img" aria-label={say(word)} title={say(word)}>
          {isWaiting ? <span class="spinner" /> : <Icon name="person" size={large ? 64 : 26} />}
        </span>
      )}
    </span>
  );
}
