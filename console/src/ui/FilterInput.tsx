import { Input } from "./semi";
import { useTyped } from "./useTyped";

/** A filter that is typed; the list is asked for when typing pauses. */
export function FilterInput({
  label,
  value,
  onChange,
}: {
  /** What is typed here, shown while it is empty. */
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const [text, type] = useTyped(value, onChange);
  return (
    <div className="filter-input">
      <Input aria-label={label} placeholder={label} value={text} onChange={type} showClear />
    </div>
  );
}
