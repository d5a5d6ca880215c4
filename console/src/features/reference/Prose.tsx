/** What a document says in words: its lines, and its code between backticks. */
export function Prose({ text }: { text: string }) {
  return (
    <p className="prose">
      {text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}
    </p>
  );
}
