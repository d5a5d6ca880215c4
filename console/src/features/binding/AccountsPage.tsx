import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useAppId } from "@/api/app";
import { Choice } from "@/ui/Choice";
import { EmptyState } from "@/ui/EmptyState";
import { LinkButton } from "@/ui/LinkButton";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { TabPane, Tabs, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { Account } from "./Account";
import { Limits } from "./Limits";
import { useBindings, type Binding, type BindingStatus, type Kind } from "./queries";

const KINDS = ["brand", "employee"] as const satisfies Kind[];
const STATUSES = [
  "awaiting_consent",
  "active",
  "refused",
  "cancelled",
  "expired",
  "ended",
  "lapsed",
] as const satisfies BindingStatus[];

/** 抖音号: the accounts that are bound, or asked, by kind (B1 to B6). */
export function Component() {
  const { t } = useTranslation("binding");
  const [filters, setFilters] = useFilters({ kind: "brand", status: "" });
  const kind = KINDS.find((each) => each === filters.kind) ?? "brand";
  return (
    <PageFrame
      title={t("title")}
      note={t("note")}
      actions={
        <LinkButton to={`new?kind=${kind}`} isPrimary>
          {t("add")}
        </LinkButton>
      }
    >
      <Tabs type="line" activeKey={kind} onChange={(kind) => setFilters({ kind, status: "" })} lazyRender>
        {KINDS.map((each) => (
          <TabPane key={each} itemKey={each} tab={t(`kind.${each}`)}>
            {each === kind && (
              <div className="stack">
                <p className="muted">{t(`kindText.${each}`)}</p>
                <Limits kind={each} />
                <Bindings
                  kind={each}
                  status={STATUSES.find((status) => status === filters.status)}
                  onStatus={(status) => setFilters({ status })}
                />
              </div>
            )}
          </TabPane>
        ))}
      </Tabs>
    </PageFrame>
  );
}

function Bindings({
  kind,
  status,
  onStatus,
}: {
  kind: Kind;
  status: BindingStatus | undefined;
  onStatus: (status: string) => void;
}) {
  const { t } = useTranslation("binding");
  const base = `/apps/${useAppId()}/accounts`;
  const bindings = useBindings(kind, status);
  const columns: ColumnProps<Binding>[] = [
    { title: t("account"), render: (_: unknown, binding) => <Account account={binding.account} /> },
    {
      title: t("accountType"),
      width: 130,
      render: (_: unknown, binding) => t(`type.${binding.account.account_type}`),
    },
    {
      title: t("status"),
      width: 140,
      render: (_: unknown, binding) => <StatusTag of="binding" status={binding.status} />,
    },
    {
      title: t("requestedAt"),
      width: 160,
      render: (_: unknown, binding) => <Moment at={binding.requested_at} />,
    },
    {
      title: t("consentedAt"),
      width: 160,
      render: (_: unknown, binding) => <Moment at={binding.consented_at} />,
    },
    {
      title: t("common:actions"),
      width: 150,
      render: (_: unknown, binding) => (
        <Link to={`${base}/${binding.id}`} aria-label={t("openOf", { name: binding.account.nickname })}>
          {t(binding.available_actions.includes("issue_code") ? "openCode" : "open")}
        </Link>
      ),
    },
  ];
  return (
    <>
      <div className="row">
        <Choice
          label={t("filter")}
          value={status ?? ""}
          onChange={onStatus}
          options={[
            { value: "", label: t("allStatuses") },
            ...STATUSES.map((each) => ({ value: each, label: t(`status:binding.${each}`) })),
          ]}
        />
      </div>
      <PagedTable
        paged={bindings}
        columns={columns}
        rowKey={(binding) => binding.id}
        label={t(`kind.${kind}`)}
        empty={
          status ? (
            <EmptyState title={t("noneOfStatus")} />
          ) : (
            <EmptyState title={t(`empty.${kind}`)}>
              <div className="stack">
                <p>{t("empty.text")}</p>
                <p>
                  <LinkButton to={`${base}/new?kind=${kind}`}>{t("add")}</LinkButton>
                </p>
              </div>
            </EmptyState>
          )
        }
      />
    </>
  );
}
