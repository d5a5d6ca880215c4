import { afterEach, beforeEach } from "vitest";
import { cleanup } from "@testing-library/react";
import { startTexts } from "@/i18n";

// jsdom has neither; Semi measures text with a canvas, the theme asks what the system likes.
HTMLCanvasElement.prototype.getContext = () => null;
globalThis.matchMedia = (query: string) =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  }) as MediaQueryList;

beforeEach(async () => {
  await startTexts("en");
});
afterEach(() => {
  cleanup();
  sessionStorage.clear();
  localStorage.clear();
});
