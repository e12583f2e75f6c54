/** How much of something, as a bar; `words` says the same for those who do not see it. */
export function Meter(props: {
  value: number;
  of?: number;
  tone?: "good" | "warn" | "bad";
  words: string;
}) {
  const share = Math.min(1, Math.max(0, props.value / (props.of ?? 1)));
  return (
    <span class={`meter ${props.tone ?? ""}`} role="img" aria-label={props.words} title={props.words}>
      <span style={{ width: `${share * 100}%` }} />
    </span>
  );
}
