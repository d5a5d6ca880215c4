import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = { "zh-CN": "简体中文", en: "English" } as const;
export type Language = keyof typeof LANGUAGES;

/** The cookie by which the server, its pages and this console agree on the language. */
const COOKIE = "guazai_language";
const YEAR = 365 * 24 * 3600;
const loaders = { "zh-CN": () => import("./zh-CN"), en: () => import("./en") };

function chosen(): Language {
  const cookie = /(?:^|; )guazai_language=([^;]+)/.exec(document.cookie)?.[1];
  return (cookie ?? navigator.language).startsWith("en") ? "en" : "zh-CN";
}

async function load(language: Language): Promise<void> {
  const { texts } = await loaders[language]();
  for (const [path, namespace] of Object.entries(texts)) {
    const name = /([^/]+)\.json$/.exec(path)?.[1] ?? path;
    i18next.addResourceBundle(language, name, namespace, true, true);
  }
}

/** Load the texts of the reader's language, alone. */
export async function startTexts(language: Language = chosen()): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    defaultNS: "common",
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await speak(language);
}

/** Change the language, here and of what the server says. */
export async function speak(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  const name = language === "en" ? "en" : "zh-hans";
  const secure = globalThis.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${COOKIE}=${name}; Max-Age=${YEAR}; Path=/; SameSite=Lax${secure}`;
}

export function language(): Language {
  return i18next.language as Language;
}
