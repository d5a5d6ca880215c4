import { useId } from "react";
import { Select } from "./semi";

/** One of a few values, picked from a list; `label` is what is picked, for who hears it. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  onChange,
  id,
}: {
  label: string;
  value: Value;
  options: { value: Value; label: string }[];
  onChange: (value: Value) => void;
  id?: string;
}) {
  const name = useId();
  return (
    <>
      {/* Semi's list takes its name from another element alone. */}
      <span id={name} className="visually-hidden">
        {label}
      </span>
      <Select
        {...(id ? { id } : {})}
        aria-labelledby={name}
        value={value}
        optionList={options}
        onChange={(picked) => onChange(picked as Value)}
      />
    </>
  );
}
