import { expect, it } from "vitest";
import { REFUSALS } from "@/features/binding/refusals";
import en from "@/i18n/en/binding.json";
import zh from "@/i18n/zh-CN/binding.json";

it.each(Object.entries(REFUSALS))("says what to do about %s", (code, mended) => {
  for (const { refusal } of [en, zh]) {
    const texts = (refusal as Record<string, unknown>)[code] as Record<string, string>;
    expect(texts.title).toBeTruthy();
    expect(texts.mend).toBeTruthy();
    expect("link" in texts).toBe(mended !== "elsewhere");
  }
});
