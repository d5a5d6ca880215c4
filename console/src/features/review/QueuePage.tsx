import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate } from "react-router";
import { Choice } from "@/ui/Choice";
import { EmptyState } from "@/ui/EmptyState";
import { FilterInput } from "@/ui/FilterInput";
import { Label } from "@/ui/Label";
import { Moment } from "@/ui/Moment";
import { minute } from "@/ui/moment";
import { PageFrame } from "@/ui/PageFrame";
import { PagedTable } from "@/ui/PagedTable";
import { RadioGroup } from "@/ui/RadioGroup";
import { Button, Toast, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { useFilters } from "@/ui/useFilters";
import { useShortcuts } from "@/ui/useShortcuts";
import { Due } from "./Due";
import { Keys } from "./Keys";
import { DUES, EVERYTHING, KINDS, STATES, useQueue, useTakeNext, type Item, type Wanted } from "./queries";
import "./review.css";

const ROW_LINKS = "a[data-row]";

/** Everything that waits for a reviewer, by due day: the filters stand in the address. */
export function Component() {
  const { t } = useTranslation("review");
  const { search } = useLocation();
  const navigate = useNavigate();
  const [wanted, setWanted] = useFilters<keyof Wanted>({ ...EVERYTHING });
  const queue = useQueue(wanted);
  const next = useTakeNext(wanted, (taken) => {
    if (taken) void navigate(`/review/${taken.kind}/${taken.id}${search}`);
    else Toast.info(t("next.none"));
  });
  useShortcuts({
    j: () => focusRow(1),
    k: () => focusRow(-1),
    n: () => {
      if (!next.isPending) next.mutate();
    },
  });
  const isFiltered = JSON.stringify(wanted) !== JSON.stringify(EVERYTHING);
  const columns: ColumnProps<Item>[] = [
    {
      title: t("column.item"),
      render: (_: unknown, item) => (
        <div className="review-item">
          <Link to={`/review/${item.kind}/${item.id}${search}`} data-row>
            {t(`kind.${item.kind}`)} · {item.app_name}
          </Link>
          <span className="muted identifier">{item.app_id}</span>
        </div>
      ),
    },
    {
      title: t("column.account"),
      width: 170,
      render: (_: unknown, { account }) =>
        account ? (
          <div className="review-item">
            {account.nickname}
            <span className="muted identifier">{account.aweme_id}</span>
          </div>
        ) : (
          <span className="muted">{t("common:none")}</span>
        ),
    },
    {
      title: t("column.entity"),
      width: 200,
      render: (_: unknown, item) => (
        <div className="review-item">
          {item.entity_name}
          {item.is_own_entity && <Label>{t("own.label")}</Label>}
        </div>
      ),
    },
    {
      title: t("column.submitted"),
      width: 160,
      render: (_: unknown, item) => <Moment at={item.submitted_at} />,
    },
    { title: t("column.due"), width: 220, render: (_: unknown, item) => <Due item={item} /> },
    {
      title: t("column.claim"),
      width: 160,
      render: (_: unknown, { claim }) => (
        <span className="review-due">
          <StatusTag of="claim" status={claim.state} />
          {claim.expires_at && (
            <span className="muted moment">{t("claim.until", { time: minute(claim.expires_at).slice(11) })}</span>
          )}
        </span>
      ),
    },
  ];
  return (
    <PageFrame
      title={t("title")}
      note={t("note")}
      actions={
        <>
          <Keys
            keys={[
              ["j k", t("keys.move")],
              ["Enter", t("keys.open")],
              ["n", t("keys.next")],
              ["?", t("keys.show")],
            ]}
          />
          <Button theme="solid" type="primary" loading={next.isPending} onClick={() => next.mutate()}>
            {t("next.take")}
          </Button>
        </>
      }
    >
      <div className="row">
        <RadioGroup
          type="button"
          value={wanted.state}
          onChange={(event) => setWanted({ state: String(event.target.value) })}
          options={STATES.map((each) => ({ value: each, label: t(`state.${each}`) }))}
          aria-label={t("state.label")}
        />
        <Choice
          label={t("kind.label")}
          value={wanted.kind}
          onChange={(kind) => setWanted({ kind })}
          options={["", ...KINDS].map((each) => ({ value: each, label: t(`kind.${each || "all"}`) }))}
        />
        <Choice
          label={t("due.label")}
          value={wanted.due}
          onChange={(due) => setWanted({ due })}
          options={DUES.map((each) => ({ value: each, label: t(`due.${each}`) }))}
        />
        <FilterInput label={t("app.label")} value={wanted.app_id} onChange={(app_id) => setWanted({ app_id })} />
        {isFiltered && (
          <Button theme="borderless" onClick={() => setWanted(EVERYTHING)}>
            {t("clear")}
          </Button>
        )}
      </div>
      {next.error && <Trouble error={next.error} />}
      <PagedTable
        paged={queue}
        columns={columns}
        rowKey={(item) => `${item.kind} ${item.id}`}
        label={t("title")}
        empty={
          isFiltered ? (
            <EmptyState title={t("empty.filtered")}>
              <Button onClick={() => setWanted(EVERYTHING)}>{t("clear")}</Button>
            </EmptyState>
          ) : (
            <EmptyState title={t("empty.title")}>{t("empty.text")}</EmptyState>
          )
        }
      />
    </PageFrame>
  );
}

/** Move on to the next or the previous row; Enter opens it, because its link has the focus. */
function focusRow(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(ROW_LINKS)];
  const at = links.findIndex((link) => link === document.activeElement);
  const to = at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + step));
  links[to]?.focus();
}
