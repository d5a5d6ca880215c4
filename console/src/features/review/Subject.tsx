import type { RefCallback } from "react";
import { useTranslation } from "react-i18next";
import { Card } from "@/ui/Card";
import { Differences } from "@/ui/Differences";
import { EmptyState } from "@/ui/EmptyState";
import { Facts } from "@/ui/Facts";
import { Identifier } from "@/ui/Identifier";
import { Phone } from "@/ui/Phone";
import { StatusTag } from "@/ui/StatusTag";
import { conditionRows, landingRows, type ConditionRow } from "./compare";
import type { ItemDetail } from "./queries";

type Marker = (name: string) => RefCallback<HTMLElement>;

/** What is decided on: an application, or a change beside what is live. */
export function Subject({ item, mark }: { item: ItemDetail; mark: Marker }) {
  return item.application ? <Application item={item} mark={mark} /> : <Landing item={item} mark={mark} />;
}

function Landing({ item, mark }: { item: ItemDetail; mark: Marker }) {
  const { t } = useTranslation("review");
  const { landing, live, account } = item;
  if (!landing || !account) return null;
  const names = (field: string) => t(`landing.${field}`);
  return (
    <div className="review-landing">
      <div className="stack">
        <div ref={mark("differences")}>
          <Card title={t("part.differences")}>
            {!live && <p className="muted">{t("landing.nothingLive")}</p>}
            <Differences
              rows={landingRows(landing, live, names)}
              before={t("landing.live")}
              after={t("landing.submitted")}
            />
          </Card>
        </div>
        <Program item={item} />
      </div>
      <div ref={mark("preview")}>
        <Card title={t("part.preview")}>
          <Phone
            src={`/p/${encodeURIComponent(account.aweme_id)}/changes/${item.id}`}
            title={t("part.preview")}
          />
        </Card>
      </div>
    </div>
  );
}

function Application({ item, mark }: { item: ItemDetail; mark: Marker }) {
  const { t } = useTranslation("review");
  const { application } = item;
  if (!application) return null;
  const shown = (row: ConditionRow, of: "then" | "now") => (
    <span className="row">
      {typeof row[of] === "boolean" ? t(row[of] ? "common:yes" : "common:no") : row[of]}
      <StatusTag of="condition" status={row[of === "then" ? "wasMet" : "isMet"] ? "met" : "unmet"} />
    </span>
  );
  return (
    <>
      <div ref={mark("application")}>
        <Card title={t("part.application")}>
          <div className="stack tight">
            <h3>{t("application.reason")}</h3>
            <p className="review-text">
              {application.apply_reason || <span className="muted">{t("application.noReason")}</span>}
            </p>
          </div>
          <table className="differences">
            <thead>
              <tr>
                <th scope="col">{t("application.condition")}</th>
                <th scope="col">{t("application.then")}</th>
                <th scope="col">{t("application.now")}</th>
              </tr>
            </thead>
            <tbody>
              {conditionRows(application.conditions, item.conditions).map((row) => (
                <tr key={row.key} className={row.isMet ? "same" : "changed"}>
                  <th scope="row">{row.text}</th>
                  <td>{shown(row, "then")}</td>
                  <td>{shown(row, "now")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
      </div>
      <div ref={mark("program")}>
        <Program item={item} />
      </div>
    </>
  );
}

/** The mini program: what it is, whose, and which pages its published version has. */
function Program({ item }: { item: ItemDetail }) {
  const { t } = useTranslation("review");
  return (
    <Card title={t("part.program")}>
      <Facts
        facts={[
          [t("program.name"), item.app_name],
          [t("program.id"), <Identifier key="app" id={item.app_id} />],
          [t("program.entity"), item.entity_name],
          [t("program.entityId"), <Identifier key="entity" id={item.entity_id} />],
          [t("program.industry"), item.industry || t("common:none")],
          [t("program.version"), item.version ?? t("common:none")],
        ]}
      />
      <div className="stack tight">
        <h3>{t("program.pages", { count: item.pages.length })}</h3>
        {item.pages.length > 0 ? (
          <ul className="review-pages">
            {item.pages.map((page) => (
              <li key={page} className={page === item.landing?.page_path ? "is-submitted" : undefined}>
                {page}
              </li>
            ))}
          </ul>
        ) : (
          <EmptyState title={t("program.noPages")} />
        )}
      </div>
    </Card>
  );
}
