import { CopyButton } from "./CopyButton";

/** Text as a machine reads it, to be copied whole; `label` says what it is. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    <figure className="code">
      <figcaption>
        <span>{label}</span>
        <CopyButton content={text} />
      </figcaption>
      {/* It may be wider or longer than its place: it scrolls, by keyboard too. */}
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </figure>
  );
}
