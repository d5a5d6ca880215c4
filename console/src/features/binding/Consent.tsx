import { useTranslation } from "react-i18next";
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
  const now = useNow(code !== undefined);
  const isOver = code !== undefined && new Date(code.expires_at) <= now;
  return (
    <Card title={t("consent.title")}>
      {code ? (
        <div className="consent">
          <div className={isOver ? "qr over" : "qr"}>
            <img src={qrSource(code.qr_svg)} alt={t("consent.qrAlt")} width={220} height={220} />
            {isOver && <p className="qr-over">{t("consent.over")}</p>}
          </div>
          <div className="stack">
            <p>{t("consent.scan")}</p>
            {isOver ? (
              <p role="status">{t("consent.overText")}</p>
            ) : (
              <>
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
              </>
            )}
            <div className="row">
              <Button
                theme={isOver ? "solid" : "light"}
                type="primary"
                loading={issue.isPending}
                onClick={() => issue.mutate(null)}
              >
                {t("consent.renew")}
              </Button>
            </div>
          </div>
        </div>
      ) : (
        <div className="stack">
          <p>{t("consent.before")}</p>
          <div className="row">
            <Button theme="solid" type="primary" loading={issue.isPending} onClick={() => issue.mutate(null)}>
              {t("consent.show")}
            </Button>
          </div>
        </div>
      )}
      {issue.error && <Trouble error={issue.error} />}
    </Card>
  );
}
