import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { EmptyState } from "@/ui/EmptyState";
import { LinkButton } from "@/ui/LinkButton";
import { Loaded } from "@/ui/Loaded";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Banner, type ColumnProps } from "@/ui/semi";
import { Account } from "./Account";
import { HiddenNotice } from "./HiddenNotice";
import { HistoryDrawer } from "./HistoryDrawer";
import { useHistoryDrawer } from "./useHistoryDrawer";
import { LatestChange, LiveNow } from "./Now";
import { pathOf } from "./paths";
import { useCapability, useRecords, type LandingRecord, type Removed } from "./queries";
import { RemoveButton, RemovedNotice } from "./Removal";
import "./landing.css";

/** 个人页挂载管理: one record for each bound account: what is live, what changed last (L5). */
export function Component() {
  const { t } = useTranslation("landing");
  const { appId = "" } = useParams();
  const records = useRecords(appId);
  const history = useHistoryDrawer();
  const [removed, setRemoved] = useState<Removed | null>(null);
  const placeOf = (record: LandingRecord) => ({ appId, awemeId: record.account.aweme_id });
  const columns: ColumnProps<LandingRecord>[] = [
    {
      title: t("column.account"),
      width: 260,
      render: (_: unknown, record) => (
        <>
          <Account record={record} />
          {record.notice && <HiddenNotice notice={record.notice} place={placeOf(record)} />}
        </>
      ),
    },
    {
      title: t("column.live"),
      render: (_: unknown, record) => <LiveNow live={record.live} place={placeOf(record)} />,
    },
    {
      title: t("column.latest"),
      render: (_: unknown, record) => (
        <LatestChange change={record.latest_change} place={placeOf(record)} />
      ),
    },
    {
      title: t("common:actions"),
      width: 180,
      render: (_: unknown, record) => (
        <Actions appId={appId} record={record} history={history} onRemoved={setRemoved} />
      ),
    },
  ];
  return (
    <PageFrame title={t("title")} note={t("note")}>
      {removed && (
        <RemovedNotice
          place={{ appId, awemeId: removed.account.aweme_id }}
          removed={removed}
          onClose={() => setRemoved(null)}
        />
      )}
      {records.rows.length > 0 && <NotGranted appId={appId} />}
      <div className="records">
        <PagedTable
          paged={records}
          columns={columns}
          rowKey={(record) => record.binding.id}
          label={t("title")}
          empty={<Nothing appId={appId} />}
        />
      </div>
      {history.opened && (
        <HistoryDrawer place={{ appId, awemeId: history.opened }} onClose={history.close} />
      )}
    </PageFrame>
  );
}

function Actions({
  appId,
  record,
  history,
  onRemoved,
}: {
  appId: string;
  record: LandingRecord;
  history: ReturnType<typeof useHistoryDrawer>;
  onRemoved: (removed: Removed) => void;
}) {
  const { t } = useTranslation("landing");
  const place = { appId, awemeId: record.account.aweme_id };
  const can = (action: string) => record.available_actions.includes(action);
  return (
    <div className="row-actions">
      {can("modify") && <Link to={pathOf(place)}>{t(record.latest_change ? "modify" : "configure")}</Link>}
      {can("history") && <Link {...history.linkTo(place.awemeId)}>{t("history.link")}</Link>}
      <Link to={pathOf(place, "why")}>{t("why.link")}</Link>
      {can("remove") && <RemoveButton place={place} record={record} onRemoved={onRemoved} />}
    </div>
  );
}

/** Entries without the capability are hidden, and nothing can be submitted. */
function NotGranted({ appId }: { appId: string }) {
  const { t } = useTranslation("landing");
  const capability = useCapability(appId);
  if (!capability.data || capability.data.status === "granted") return null;
  return (
    <Banner
      type="warning"
      fullMode={false}
      closeIcon={null}
      title={t("notGranted.title")}
      description={
        <>
          {t("notGranted.text")} <Link to={`/apps/${appId}/mount`}>{t("empty.toCapability")}</Link>
        </>
      }
    />
  );
}

/** What comes first: the capability, then an account. */
function Nothing({ appId }: { appId: string }) {
  const { t } = useTranslation("landing");
  const capability = useCapability(appId);
  return (
    <Loaded query={capability}>
      {({ status }) =>
        status === "granted" ? (
          <EmptyState title={t("empty.noAccount")}>
            <div className="stack">
              <p>{t("empty.noAccountText")}</p>
              <p>
                <LinkButton to={`/apps/${appId}/accounts`} isPrimary>
                  {t("empty.toAccounts")}
                </LinkButton>
              </p>
            </div>
          </EmptyState>
        ) : (
          <EmptyState title={t("empty.notGranted")}>
            <div className="stack">
              <p>{t("empty.notGrantedText")}</p>
              <p>
                <LinkButton to={`/apps/${appId}/mount`} isPrimary>
                  {t("empty.toCapability")}
                </LinkButton>
              </p>
            </div>
          </EmptyState>
        )
      }
    </Loaded>
  );
}
