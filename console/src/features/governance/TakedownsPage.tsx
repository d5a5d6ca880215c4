import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card } from "@/ui/Card";
import { EmptyState } from "@/ui/EmptyState";
import { Facts } from "@/ui/Facts";
import { Identifier } from "@/ui/Identifier";
import { Loaded } from "@/ui/Loaded";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { RadioGroup } from "@/ui/RadioGroup";
import { Button, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { auditLink } from "./found";
import { HiddenAfter } from "./Hidden";
import { useTakedown, useTakedowns, type Takedown } from "./queries";
import { Target, Verb } from "./Target";

/** Everything that was hidden, and how long it took until no node showed it any more (V3). */
export function Component() {
  const { t } = useTranslation("governance");
  const [filters, setFilters] = useFilters({ open: "", id: "" });
  const isOpen = filters.open === "yes";
  const takedowns = useTakedowns(isOpen);
  const columns: ColumnProps<Takedown>[] = [
    {
      title: t("takedown.what"),
      render: (_: unknown, each) => <Target scope={each.scope} target={each.target} />,
    },
    {
      title: t("takedown.by"),
      render: (_: unknown, each) => (
        <>
          <Act takedown={each} />
          {each.reason && <p className="muted">{each.reason}</p>}
        </>
      ),
    },
    {
      title: t("takedown.acceptedAt"),
      width: 170,
      render: (_: unknown, each) => <Moment at={each.accepted_at} />,
    },
    {
      title: t("takedown.effective"),
      width: 180,
      render: (_: unknown, each) => <HiddenAfter from={each.accepted_at} to={each.effective_at} />,
    },
    { title: t("status"), width: 220, render: (_: unknown, each) => <State takedown={each} /> },
  ];
  return (
    <PageFrame title={t("takedown.title")} note={t("takedown.note")}>
      {filters.id && <One id={filters.id} onClose={() => setFilters({ id: "" })} />}
      <div className="row">
        <RadioGroup
          type="button"
          value={isOpen ? "yes" : ""}
          onChange={(event) => setFilters({ open: String(event.target.value) })}
          options={[
            { value: "", label: t("common:all") },
            { value: "yes", label: t("takedown.open") },
          ]}
          aria-label={t("filter.status")}
        />
      </div>
      <PagedTable
        paged={takedowns}
        columns={columns}
        rowKey={(each) => each.id}
        label={t("takedown.title")}
        empty={
          <EmptyState title={t(isOpen ? "takedown.noneOpen" : "takedown.empty")}>
            {t(isOpen ? "takedown.noneOpenText" : "takedown.emptyText")}
          </EmptyState>
        }
      />
    </PageFrame>
  );
}

/** The act that hid, leading to its records. */
function Act({ takedown }: { takedown: Takedown }) {
  const { subject, verb } = takedown;
  return (
    <Link to={auditLink({ subject_kind: subject.kind, subject_id: subject.id })}>
      <Verb verb={verb} />
    </Link>
  );
}

function State({ takedown }: { takedown: Takedown }) {
  const { t } = useTranslation("governance");
  const { effective_at, waits_for, is_told } = takedown;
  return (
    <>
      <StatusTag of="takedown" status={effective_at ? "effective" : "accepted"} />
      {waits_for.length > 0 && <p className="muted">{t("takedown.waitsFor", { nodes: waits_for.join(", ") })}</p>}
      {effective_at && !is_told && <p className="muted">{t("takedown.notTold")}</p>}
    </>
  );
}

/** The one takedown that a link leads to. */
function One({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation("governance");
  const takedown = useTakedown(id);
  return (
    <Card title={t("takedown.one")} actions={<Button onClick={onClose}>{t("common:close")}</Button>}>
      <Loaded query={takedown}>
        {(found) => (
          <Facts
            facts={[
              [t("takedown.id"), <Identifier key="id" id={found.id} />],
              [t("takedown.what"), <Target key="what" scope={found.scope} target={found.target} />],
              [t("takedown.by"), <Act key="act" takedown={found} />],
              [t("common:reason"), found.reason || t("common:none")],
              [t("takedown.acceptedAt"), <Moment key="accepted" at={found.accepted_at} />],
              [
                t("takedown.effective"),
                <HiddenAfter key="after" from={found.accepted_at} to={found.effective_at} />,
              ],
              [t("status"), <State key="state" takedown={found} />],
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}
