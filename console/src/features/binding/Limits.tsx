import { useTranslation } from "react-i18next";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { Progress } from "@/ui/semi";
import { useLimits, type Kind } from "./queries";

/** How many more accounts of a kind can be bound, and how many unbound this month (B4, B6). */
export function Limits({ kind }: { kind: Kind }) {
  const { t } = useTranslation("binding");
  return (
    <Loaded query={useLimits()} rows={2}>
      {({ kinds, unbinds }) => {
        const quota = kinds.find((each) => each.kind === kind);
        return (
          <div className="halves">
            {quota && (
              <Gauge title={t(`quota.${kind}`)} used={quota.used} quota={quota.quota}>
                {t("quota.left", { count: quota.left })}
                {t("quota.awaitingCounts")}
              </Gauge>
            )}
            <Gauge title={t("unbinds.title")} used={unbinds.used} quota={unbinds.quota}>
              {t("unbinds.left", { count: unbinds.left })}
              {unbinds.next_at && (
                <>
                  {t("unbinds.next")} <Moment at={unbinds.next_at} />
                </>
              )}
            </Gauge>
          </div>
        );
      }}
    </Loaded>
  );
}

function Gauge({
  title,
  used,
  quota,
  children,
}: {
  title: string;
  used: number;
  quota: number;
  children: React.ReactNode;
}) {
  return (
    <section className="card gauge" aria-label={title}>
      <div className="row between">
        <h2>{title}</h2>
        <strong>
          {used} / {quota}
        </strong>
      </div>
      <Progress percent={quota ? Math.min(100, (100 * used) / quota) : 100} aria-label={title} />
      <p className="muted">{children}</p>
    </section>
  );
}
