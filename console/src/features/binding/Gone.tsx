import { useTranslation } from "react-i18next";
import { Moment } from "@/ui/Moment";
import { Banner, Spin } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useTakedown, type Takedown } from "./queries";

/** What unbinding took away, told until it is gone from every node (V3). */
export function Gone({ takedown, awemeId }: { takedown: Takedown | null; awemeId: string }) {
  const { t } = useTranslation("binding");
  return (
    <Banner
      type="success"
      closeIcon={null}
      fullMode={false}
      title={t("gone.title")}
      description={takedown ? <Progress accepted={takedown} awemeId={awemeId} /> : <p>{t("gone.nothing")}</p>}
    />
  );
}

function Progress({ accepted, awemeId }: { accepted: Takedown; awemeId: string }) {
  const { t } = useTranslation("binding");
  const takedown = useTakedown(awemeId, accepted).data;
  return (
    <div className="stack tight">
      <p className="row tight">
        <StatusTag of="takedown" status="accepted" /> <Moment at={takedown.accepted_at} />
      </p>
      {takedown.effective_at ? (
        <p className="row tight">
          <StatusTag of="takedown" status="effective" /> <Moment at={takedown.effective_at} />
          {t("gone.took", { ms: Date.parse(takedown.effective_at) - Date.parse(takedown.accepted_at) })}
        </p>
      ) : (
        <p className="row tight">
          <Spin size="small" /> {t("gone.waiting")}
        </p>
      )}
    </div>
  );
}
