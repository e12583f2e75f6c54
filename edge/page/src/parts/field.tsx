import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  label: string;
  /** Read by screen readers only; for others it stands in the empty field. */
  quiet?: boolean;
  hint?: ComponentChildren;
  /** What is wrong with the value, and what to do. */
  wrong?: string | null;
  value: string;
  placeholder?: string;
  type?: "text" | "search" | "date" | "time" | "datetime-local" | "number";
  maxLength?: number;
  required?: boolean;
  autoFocus?: boolean;
  list?: readonly string[];
  onInput: (value: string) => void;
}

/** A labelled line of text. */
export function Field(props: FieldProps) {
  const { label, hint, wrong, value, placeholder, type = "text", maxLength, required, list } = props;
  const id = useId();
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id} class={props.quiet ? "hidden" : undefined}>
        {label}
      </label>
      <input
        id={id}
        class="input"
        type={type}
        value={value}
        placeholder={placeholder ?? (props.quiet ? label : undefined)}
        maxLength={maxLength}
        required={required}
        autoFocus={props.autoFocus}
        autocomplete="off"
        list={list ? `${id}-list` : undefined}
        aria-invalid={wrong ? "true" : undefined}
        aria-describedby={described || undefined}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {list && (
        <datalist id={`${id}-list`}>
          {list.map((item) => (
            <option key={item} value={item} />
          ))}
        </datalist>
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {wrong && (
        <p class="wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  /** Read by screen readers only. */
  quiet?: boolean;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

/** One of many, as a list that opens. */
export function Select<T extends string>({ label, quiet, value, options, onChange }: ChoiceProps<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={quiet ? "hidden" : undefined}>
        {label}
      </label>
      <select
        id={id}
        class="input"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value as T)}
      >
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** One of a few, all in sight. */
export function Choice<T extends string>({ label, quiet, value, options, onChange }: ChoiceProps<T>) {
  const id = useId();
  return (
    <fieldset class="field">
      <legend class={quiet ? "hidden" : "label"}>{label}</legend>
      <div class="choice">
        {options.map(([key, text]) => (
          <label key={key}>
            <input
              type="radio"
              name={id}
              checked={key === value}
              onChange={() => onChange(key)}
            />
            {text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Yes or no. */
export function Check(props: { label: ComponentChildren; checked: boolean; onChange: (is: boolean) => void }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}
