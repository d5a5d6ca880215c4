import { useTranslation } from "react-i18next";

/** The account types that a policy is for, in words; null is all of them. */
export function useAccountTypes() {
  const { t } = useTranslation("rules");
  return (types: string[] | null): string =>
    types === null
      ? t("accountTypes.all")
      : types.map((each) => t(`accountTypes.${each}`, { defaultValue: each })).join(t("list.and"));
}
