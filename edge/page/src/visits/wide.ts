/** Whether there is room for a visit beside the list of them. */

import { useEffect, useState } from "preact/hooks";

const WIDE = "(min-width: 1120px)";

export function useWide(): boolean {
  const [isWide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const media = matchMedia(WIDE);
    const look = () => setWide(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  return isWide;
}
