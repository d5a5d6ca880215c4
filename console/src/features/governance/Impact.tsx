import { useTranslation } from "react-i18next";
import { Loaded } from "@/ui/Loaded";
import { useImpact, type Scope } from "./queries";

/** How many entries an act hides, or may show again: known before it can be confirmed. */
export function Impact({
  impact,
  isLift = false,
}: {
  impact: ReturnType<typeof useImpact>;
  isLift?: boolean;
}) {
  const { t } = useTranslation("governance");
  const key = isLift ? "impact.lift" : "impact.hide";
  return (
    <Loaded query={impact} rows={1}>
      {({ entries }) => (
        <p className="impact">{entries > 0 ? t(key, { count: entries }) : t("impact.none")}</p>
      )}
    </Loaded>
  );
}

/** The same, and whether it is known yet. */
export function useKnownImpact(scope: Scope, target: string, isOn: boolean) {
  const impact = useImpact(scope, target, isOn);
  return { impact, isKnown: impact.isSuccess && !impact.isFetching };
}
