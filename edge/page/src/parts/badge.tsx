export type Tone = "good" | "warn" | "bad" | "info" | "quiet";

/** A state in a word; the colour and the mark before it only repeat it. */
export function Badge({ tone = "quiet", word }: { tone?: Tone; word: string }) {
  return <span class={`badge ${tone}`}>{word}</span>;
}
