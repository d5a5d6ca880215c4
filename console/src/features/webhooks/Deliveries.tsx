import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Choice } from "@/ui/Choice";
import { EmptyState } from "@/ui/EmptyState";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { Button, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { DeliveryDrawer } from "./DeliveryDrawer";
import { LastAnswer } from "./LastAnswer";
import { STATUSES, TEST, useDeliveries, useReplayDead, type Delivery, type Webhook } from "./queries";

/** What was pushed, what became of it, and pushing it again. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation("webhooks");
  const [{ event, status, delivery }, setFilters] = useFilters({ event: "", status: "", delivery: "" });
  const deliveries = useDeliveries({ event, status });
  const texts = new Map(webhook.events.map((each) => [each.key, each.text]));
  const textOf = (key: string) => texts.get(key) ?? (key === TEST ? t("test.event") : key);
  const columns: ColumnProps<Delivery>[] = [
    {
      title: t("delivery.event"),
      width: 200,
      render: (_: unknown, each) => (
        <>
          {textOf(each.event)}
          <p>
            <code className="muted">{each.event}</code>
          </p>
        </>
      ),
    },
    {
      title: t("delivery.subject"),
      width: 150,
      render: (_: unknown, each) => <span className="identifier path">{each.subject || t("common:none")}</span>,
    },
    {
      title: t("delivery.status"),
      width: 100,
      render: (_: unknown, each) => <StatusTag of="delivery" status={each.status} />,
    },
    {
      title: t("delivery.answer"),
      render: (_: unknown, each) => (
        <>
          <LastAnswer delivery={each} />
          {each.status === "waiting" && each.attempts > 0 && (
            <p className="muted">
              {t("delivery.next")} <Moment at={each.next_attempt_at} />
            </p>
          )}
        </>
      ),
    },
    { title: t("delivery.attempts"), width: 90, dataIndex: "attempts" },
    { title: t("delivery.createdAt"), width: 160, render: (_: unknown, each) => <Moment at={each.created_at} /> },
    {
      title: t("common:actions"),
      width: 90,
      render: (_: unknown, each) => (
        <Button
          theme="borderless"
          onClick={() => setFilters({ delivery: each.id })}
          aria-label={t("delivery.openOf", { event: textOf(each.event), id: each.msg_id })}
        >
          {t("delivery.open")}
        </Button>
      ),
    },
  ];
  const isFiltered = event !== "" || status !== "";
  return (
    <Card
      title={t("delivery.title")}
      actions={
        <>
          <Choice
            label={t("delivery.event")}
            value={event}
            onChange={(event) => setFilters({ event })}
            options={[
              { value: "", label: t("delivery.anyEvent") },
              ...[...webhook.events.map(({ key }) => key), TEST].map((key) => ({ value: key, label: textOf(key) })),
            ]}
          />
          <Choice
            label={t("delivery.status")}
            value={status}
            onChange={(status) => setFilters({ status })}
            options={[
              { value: "", label: t("delivery.anyStatus") },
              ...STATUSES.map((each) => ({ value: each, label: t(`status:delivery.${each}`) })),
            ]}
          />
          {webhook.available_actions.includes("replay") && <ReplayDead count={webhook.dead} />}
        </>
      }
    >
      <PagedTable
        paged={deliveries}
        columns={columns}
        rowKey={({ id }) => id}
        label={t("delivery.title")}
        empty={
          <EmptyState title={t(isFiltered ? "delivery.noneFound" : "delivery.none.title")}>
            {!isFiltered && t("delivery.none.text")}
          </EmptyState>
        }
      />
      {delivery && <DeliveryDrawer id={delivery} textOf={textOf} onClose={() => setFilters({ delivery: "" })} />}
    </Card>
  );
}

function ReplayDead({ count }: { count: number }) {
  const { t } = useTranslation("webhooks");
  const [isOpen, setOpen] = useState(false);
  const replay = useReplayDead({ onDone: () => setOpen(false) });
  return (
    <>
      <Button onClick={() => setOpen(true)} disabled={count === 0}>
        {t("replay.all")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("replay.allTitle", { count })}
        verb={t("replay.all")}
        act={replay}
        onClose={() => setOpen(false)}
      >
        <p>{t("replay.allText")}</p>
      </ActDialog>
    </>
  );
}
