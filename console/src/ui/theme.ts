import { useSyncExternalStore } from "react";

export const SCHEMES = ["system", "light", "dark"] as const;
export type Scheme = (typeof SCHEMES)[number];

const NAME = "guazai.scheme";
const system = globalThis.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

export function scheme(): Scheme {
  const kept = localStorage.getItem(NAME);
  return SCHEMES.find((each) => each === kept) ?? "system";
}

function isDark(): boolean {
  return scheme() === "dark" || (scheme() === "system" && system.matches);
}

/** Put the chosen scheme on the page; Semi reads it from the body. */
export function applyScheme(): void {
  if (isDark()) document.body.setAttribute("theme-mode", "dark");
  else document.body.removeAttribute("theme-mode");
  listeners.forEach((tell) => tell());
}

export function chooseScheme(chosen: Scheme): void {
  if (chosen === "system") localStorage.removeItem(NAME);
  else localStorage.setItem(NAME, chosen);
  applyScheme();
}

system.addEventListener("change", applyScheme);

function listen(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** Whether the page is dark now. */
export function useIsDark(): boolean {
  return useSyncExternalStore(listen, isDark);
}

/** What the reader chose. */
export function useScheme(): Scheme {
  return useSyncExternalStore(listen, scheme);
}
