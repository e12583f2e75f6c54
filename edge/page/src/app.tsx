/** The page begins here. */

import "./style/index.css";
import { render } from "preact";
import { Frame } from "./frame/frame.tsx";
import { takeInvitation } from "./join/invited.ts";
import { start } from "./live.ts";
import { loadPreferences } from "./preferences.ts";
import { useRoute } from "./router.tsx";
import { useStore } from "./store.ts";
import { language } from "./words/words.ts";
import { routed } from "./routes.tsx";

takeInvitation(); // out of the address bar before anything else
loadPreferences();

function App() {
  const chosen = useStore(language);
  const route = useRoute();
  // Everything is drawn anew in another language.
  return <Frame key={chosen}>{routed(route)}</Frame>;
}

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("app");
  if (place) render(<App />, place);
  void start();
});
