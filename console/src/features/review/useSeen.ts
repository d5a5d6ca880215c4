import { useCallback, useRef, useState, type RefCallback } from "react";

/** How much of a part has to be on the screen. */
const ENOUGH = 0.3;

/** Which named parts of a page have been on the screen; `mark` gives a part its name. */
export function useSeen(): { seen: ReadonlySet<string>; mark: (name: string) => RefCallback<HTMLElement> } {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const refs = useRef(new Map<string, RefCallback<HTMLElement>>());
  const mark = useCallback((name: string) => {
    const known = refs.current.get(name);
    if (known) return known;
    const ref: RefCallback<HTMLElement> = (element) => {
      if (!element) return;
      const watch = new IntersectionObserver(
        (entries) => {
          if (!entries.some((entry) => entry.isIntersecting)) return;
          setSeen((before) => new Set([...before, name]));
          watch.disconnect();
        },
        { threshold: ENOUGH },
      );
      watch.observe(element);
      return () => watch.disconnect();
    };
    refs.current.set(name, ref);
    return ref;
  }, []);
  return { seen, mark };
}
