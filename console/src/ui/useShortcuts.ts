import { useEffect } from "react";

/** A choice among a few takes no letters. */
const TYPED_IN = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";

/**
 * Single keys that do something on a page. They rest while somebody types, while a dialog is open,
 * and with Ctrl, Alt or Meta held, which belong to the browser.
 */
export function useShortcuts(keys: Record<string, () => void>, isOn = true): void {
  useEffect(() => {
    if (!isOn) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
      const typing = (event.target as HTMLElement).closest(TYPED_IN);
      if (typing || document.querySelector("[role=dialog]")) return;
      const act = keys[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}
