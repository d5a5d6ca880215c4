import { useId, type ComponentProps } from "react";
import { SemiRadioGroup } from "./semi";

/**
 * One of a few values, all of them in sight. Semi tells nobody that its radios are a group, nor what
 * the group is called, and gives all groups of a page one name, which makes them one to the browser.
 */
export function RadioGroup({
  "aria-label": label,
  "aria-labelledby": labelledBy,
  ...props
}: ComponentProps<typeof SemiRadioGroup>) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} aria-labelledby={labelledBy}>
      <SemiRadioGroup name={name} {...props} />
    </div>
  );
}
