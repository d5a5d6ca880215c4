import { useTranslation } from "react-i18next";
import { Loaded } from "@/ui/Loaded";
import { Banner } from "@/ui/semi";
import { useTakedown } from "./queries";
import { milliseconds } from "./reading";

/** How long after it was accepted an act was effective on all nodes; that it is waited for, until then. */
export function HiddenAfter({ from, to }: { from: string; to: string | null }) {
  const { t } = useTranslation("governance");
  if (to) return <>{t("hidden.after", { ms: milliseconds(from, to) })}</>;
  return <>{t("hidden.waiting")}</>;
}

/** A takedown that was just made, followed until no node shows what it hides. */
export function HiddenNotice({ id }: { id: string }) {
  const { t } = useTranslation("governance");
  const takedown = useTakedown(id);
  return (
    <div role="status">
      <Loaded query={takedown} rows={1}>
        {({ accepted_at, effective_at, waits_for }) =>
          effective_at ? (
            <Banner
              type="success"
              fullMode={false}
              closeIcon={null}
              description={t("hidden.everywhere", { ms: milliseconds(accepted_at, effective_at) })}
            />
          ) : (
            <Banner
              type="info"
              fullMode={false}
              closeIcon={null}
              description={
                waits_for.length > 0
                  ? t("hidden.waitsFor", { nodes: waits_for.join(", ") })
                  : t("hidden.accepted")
              }
            />
          )
        }
      </Loaded>
    </div>
  );
}
