import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { Card } from "@/ui/Card";
import { Identifier } from "@/ui/Identifier";
import { countdown } from "@/ui/moment";
import { qrSource } from "@/ui/qr";
import { Button } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useNow } from "@/ui/useNow";
import { useIssueCode } from "./queries";

/**
 * The code that the account's owner scans, and the number to type (B5). It is made when it is asked
 * for: it lives two minutes, and a new one voids the one before.
 */
export function Consent({ bindingId }: { bindingId: string }) {
  const { t } = useTranslation("binding");
  const issue = useIssueCode(bindingId);
  const code = issue.data;
  return (
    <Card title={t("consent.title")}>
      {code ? <Code key={code.url} code={code} /> : <p>{t("consent.before")}</p>}
      {issue.error && <Trouble error={issue.error} />}
      <div className="row">
        <Button
          theme={code ? "light" : "solid"}
          type="primary"
          loading={issue.isPending}
          onClick={() => issue.mutate(null)}
        >
          {t(code ? "consent.renew" : "consent.show")}
        </Button>
      </div>
    </Card>
  );
}

function Code({ code }: { code: Schemas["CodeOut"] }) {
  const { t } = useTranslation("binding");
  const now = useNow();
  const isOver = new Date(code.expires_at) <= now;
  return (
    <div className="consent">
      <div className={isOver ? "qr over" : "qr"}>
        <img src={qrSource(code.qr_svg)} alt={t("consent.qrAlt")} width={220} height={220} />
        {isOver && <p className="qr-over">{t("consent.over")}</p>}
      </div>
      {isOver ? (
        <p role="status">{t("consent.overText")}</p>
      ) : (
        <div className="stack">
          <p>{t("consent.scan")}</p>
          <div>
            <p>{t("consent.number")}</p>
            <p className="match-number">{code.match_number}</p>
          </div>
          <p role="timer">{t("consent.left", { time: countdown(code.expires_at, now) })}</p>
          <div>
            <p className="muted">{t("consent.link")}</p>
            <Identifier id={code.url} />
          </div>
          <p className="muted">{t("consent.waiting")}</p>
        </div>
      )}
    </div>
  );
}
