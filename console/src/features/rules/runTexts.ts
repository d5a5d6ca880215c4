import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import type { Run } from "./queries";

type Held = Schemas["BreakerReasonOut"];

/** Why runs are held, refused or failed, in words. */
export function useRunTexts() {
  const { t, i18n } = useTranslation("rules");
  const shown = (value: number | string) =>
    typeof value === "number" ? value.toLocaleString(i18n.language) : value;
  const held = ({ code, actual, limit }: Held): string =>
    t(`breaker.${code}.found`, { actual: shown(actual), limit: shown(limit) });
  return {
    held,
    what: (code: string): string => t(`feedError.${code}.what`, { defaultValue: t(`workError.${code}`, { defaultValue: code }) }),
    fix: (code: string): string => t(`feedError.${code}.fix`, { defaultValue: "" }),
    why: (run: Run): string[] => [
      ...run.reasons.map(held),
      ...("code" in run.error
        ? [t(`feedError.${run.error.code}.what`, { defaultValue: t(`workError.${run.error.code}`, { defaultValue: run.error.code }) })]
        : []),
    ],
  };
}
