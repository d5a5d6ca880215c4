import { useCallback, useState } from "react";

/**
 * What is being typed, kept in this tab's session until it is sent or dropped: it outlives reloads,
 * the back button and a login that ran out, and never reaches another tab or person.
 */
export function useDraft<T extends object>(
  key: string,
  initial: T,
): [T, (changed: Partial<T>) => void, { isKept: boolean; drop: () => void }] {
  const name = `guazai.draft.${key}`;
  const [state, setState] = useState<{ draft: T; isKept: boolean }>(() => {
    const kept = readKept<T>(name);
    return { draft: { ...initial, ...kept }, isKept: kept !== null };
  });
  const change = (changed: Partial<T>) =>
    setState(({ draft }) => {
      const next = { ...draft, ...changed };
      sessionStorage.setItem(name, JSON.stringify(next));
      return { draft: next, isKept: true };
    });
  const drop = useCallback(() => {
    sessionStorage.removeItem(name);
    setState({ draft: initial, isKept: false });
  }, [name, initial]);
  return [state.draft, change, { isKept: state.isKept, drop }];
}

function readKept<T>(name: string): Partial<T> | null {
  const kept = sessionStorage.getItem(name);
  try {
    return kept ? (JSON.parse(kept) as Partial<T>) : null;
  } catch {
    return null;
  }
}
