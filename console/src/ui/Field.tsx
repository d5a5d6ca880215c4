import { useId, type ReactNode } from "react";

/** What a control inside a `Field` must carry, so that its label, help and error are told with it. */
export interface ControlProps {
  id: string;
  /** Beside the label's `for`: Semi's lists are no inputs, and are named by nothing else. */
  "aria-labelledby": string;
  "aria-describedby": string;
  "aria-invalid": boolean;
  validateStatus: "default" | "error";
}

/** A labelled control with its help, and with what is wrong with it, in place. */
export function Field({
  label,
  help,
  error,
  isRequired = false,
  children,
}: {
  label: string;
  help?: ReactNode;
  error?: string | undefined;
  isRequired?: boolean;
  children: (control: ControlProps) => ReactNode;
}) {
  const id = useId();
  const name = `${id}-label`;
  const notes = `${id}-notes`;
  return (
    <div className="field">
      <label id={name} htmlFor={id}>
        {label}
        {isRequired && (
          <span className="required" aria-hidden>
            *
          </span>
        )}
      </label>
      {children({
        id,
        "aria-labelledby": name,
        "aria-describedby": notes,
        "aria-invalid": Boolean(error),
        validateStatus: error ? "error" : "default",
      })}
      <div id={notes} className="field-notes">
        {error && (
          <p className="field-error" role="alert">
            {error}
          </p>
        )}
        {help && <p className="muted">{help}</p>}
      </div>
    </div>
  );
}
