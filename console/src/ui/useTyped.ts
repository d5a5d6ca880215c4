import { useEffect, useRef, useState } from "react";

const PAUSE_MS = 250;

/**
 * A text that is typed into a place which is slow to follow, such as the address: shown at once, and
 * told on, trimmed, when typing pauses. A `value` that changed elsewhere replaces what was typed.
 */
export function useTyped(value: string, tell: (text: string) => void): [string, (text: string) => void] {
  const [typed, setTyped] = useState({ text: value, told: value, seen: value });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  if (value !== typed.seen) {
    setTyped({ text: value === typed.told ? typed.text : value, told: value, seen: value });
  }
  const type = (text: string) => {
    setTyped((before) => ({ ...before, text }));
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const told = text.trim();
      setTyped((before) => ({ ...before, told }));
      latest.current(told);
    }, PAUSE_MS);
  };
  return [typed.text, type];
}
