import { Input } from "./semi";
import { exact } from "./moment";

const OFFSET = "+08:00";

/** `2026-11-22T22:24` in Shanghai, as a control of local times takes it; what is half typed stays as it is. */
const localOf = (at: string): string =>
  at === "" || at.endsWith(OFFSET) ? at.slice(0, 16) : exact(at).slice(0, 16).replace(" ", "T");

/** A time in Shanghai to the minute, given and told as ISO 8601; empty where there is none. */
export function LocalTime({
  value,
  onChange,
  id,
  label,
  ...rest
}: {
  value: string;
  onChange: (at: string) => void;
  id?: string;
  /** What it is the time of, where no `Field` labels it. */
  label?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
  validateStatus?: "default" | "error";
}) {
  return (
    <Input
      {...rest}
      {...(id ? { id } : {})}
      {...(label ? { "aria-label": label } : {})}
      type="datetime-local"
      value={localOf(value)}
      onChange={(local) => onChange(local ? `${local.slice(0, 16)}:00${OFFSET}` : "")}
    />
  );
}
