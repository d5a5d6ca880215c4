import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { texts as en } from "@/i18n/en";
import { texts as zh } from "@/i18n/zh-CN";
import { STATUSES } from "@/ui/StatusTag";

const SOURCES = join(import.meta.dirname, "../src");
/** What i18next appends to a key by number; Chinese has one form for all numbers. */
const PLURAL = /_(zero|one|two|few|many|other)$/;

function flat(value: unknown, path: string, found: Map<string, string>): Map<string, string> {
  if (typeof value === "string") found.set(path, value);
  else for (const [key, inner] of Object.entries(value as object)) flat(inner, path ? `${path}.${key}` : key, found);
  return found;
}

function namespaces(texts: Record<string, unknown>): Map<string, Map<string, string>> {
  return new Map(
    Object.entries(texts).map(([file, namespace]) => [
      /([^/]+)\.json$/.exec(file)?.[1] ?? file,
      flat(namespace, "", new Map<string, string>()),
    ]),
  );
}

const LANGUAGES = { en: namespaces(en), "zh-CN": namespaces(zh) };
const keys = (texts: Map<string, string>) => new Set([...texts.keys()].map((key) => key.replace(PLURAL, "")));
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map((match) => match[1]).sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && entry.name !== "schema.d.ts" ? [path] : [];
  });
}

/** `namespace:key` of every literal text that a source asks for. */
function asked(source: string): string[] {
  const own = [...source.matchAll(/useTranslation\("([\w-]+)"\)/g)].map((match) => match[1]);
  const spaces = own.length > 0 ? own : ["common"];
  return [...source.matchAll(/\bt\(\s*"([^"]+)"/g)].flatMap(([, key = ""]) =>
    key.includes(":") ? [key] : [`${spaces.join("|")}:${key}`],
  );
}

function isThere(name: string): boolean {
  const [spaces = "", key = ""] = name.split(/:(.*)/s);
  return spaces.split("|").some((space) => keys(LANGUAGES.en.get(space) ?? new Map<string, string>()).has(key));
}

describe("texts", () => {
  it("are the same set in both languages", () => {
    expect([...LANGUAGES.en.keys()].sort()).toEqual([...LANGUAGES["zh-CN"].keys()].sort());
    for (const [name, texts] of LANGUAGES.en) {
      expect([name, ...keys(texts)].sort()).toEqual(
        [name, ...keys(LANGUAGES["zh-CN"].get(name) ?? new Map<string, string>())].sort(),
      );
    }
  });

  it("have the same values to fill in", () => {
    for (const [name, texts] of LANGUAGES.en) {
      for (const [key, text] of texts) {
        if (PLURAL.test(key)) continue;
        const other = LANGUAGES["zh-CN"].get(name)?.get(key) ?? "";
        expect([name, key, holes(text)]).toEqual([name, key, holes(other)]);
      }
    }
  });

  it("are punctuated as Chinese where they are Chinese", () => {
    const wrong = [...LANGUAGES["zh-CN"]].flatMap(([name, texts]) =>
      [...texts].filter(([, text]) => /[\u4e00-\u9fff」][,;:!?(]|[,;:!?)][\u4e00-\u9fff「]/.test(text)).map(([key]) => `${name}:${key}`),
    );
    expect(wrong).toEqual([]);
  });

  it("are there for every literal key that a page asks for", () => {
    const missing = sources(SOURCES).flatMap((path) =>
      asked(readFileSync(path, "utf-8"))
        .filter((name) => !isThere(name))
        .map((name) => `${path.slice(SOURCES.length)} ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it("would be missed", () => {
    expect(isThere("inbox:no-such-text")).toBe(false);
    expect(asked('const { t } = useTranslation("inbox"); t("no-such-text")')).toEqual(["inbox:no-such-text"]);
  });

  it("are there for every status", () => {
    const status = keys(LANGUAGES.en.get("status") ?? new Map<string, string>());
    for (const [of, statuses] of Object.entries(STATUSES)) {
      for (const each of Object.keys(statuses)) expect(status).toContain(`${of}.${each}`);
    }
  });
});
