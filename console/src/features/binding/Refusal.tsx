import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useAppId } from "@/api/app";
import type { Problem } from "@/api/problem";
import { Identifier } from "@/ui/Identifier";
import { Moment } from "@/ui/Moment";
import { Banner } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { REFUSALS } from "./refusals";

/** Why an account cannot be asked for, and what to do about it, each way of B1 to B7. */
export function Refusal({ problem, asked }: { problem: Problem; asked: { aweme_id: string; kind: string } }) {
  const { t } = useTranslation("binding");
  const app = useAppId();
  const { code } = problem;
  const mended = REFUSALS[code];
  if (!mended) return <Trouble error={problem} />;
  const nextAt = problem.body["next_at"];
  return (
    <Banner
      type="warning"
      closeIcon={null}
      fullMode={false}
      title={t(`refusal.${code}.title`, { account: asked.aweme_id })}
      description={
        <div className="stack tight">
          <p>{t(`refusal.${code}.mend`, { account: asked.aweme_id })}</p>
          {typeof nextAt === "string" && (
            <p>
              {t("refusal.nextAt")} <Moment at={nextAt} />
            </p>
          )}
          {code === "enterprise_needs_support" && (
            <p className="row">
              {t("refusal.tellSupport")}
              <Identifier id={`${asked.aweme_id} · ${app}`} />
            </p>
          )}
          {mended !== "elsewhere" && (
            <p>
              <Link to={mended(app, asked.kind)}>{t(`refusal.${code}.link`)}</Link>
            </p>
          )}
        </div>
      }
    />
  );
}
