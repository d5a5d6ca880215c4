import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Paged } from "@/api/pages";
import { EmptyState } from "./EmptyState";
import { Button, Skeleton, Table, type ColumnProps } from "./semi";
import { Trouble } from "./Trouble";

/** A list by cursor as a table: skeleton, trouble, what to do when it is empty, pages. */
export function PagedTable<Row extends object>({
  paged,
  columns,
  rowKey,
  empty,
  label,
  expanded,
}: {
  paged: Paged<Row>;
  columns: ColumnProps<Row>[];
  rowKey: (row: Row) => string;
  empty: ReactNode;
  /** What the table lists, for who hears it. */
  label: string;
  /** What stands below rows that are opened; a column of the list opens them. */
  expanded?: { keys: string[]; render: (row: Row) => ReactNode };
}) {
  const { t } = useTranslation();
  if (paged.error && paged.rows.length === 0) {
    return <Trouble error={paged.error} onRetry={paged.retry} />;
  }
  if (paged.isPending) {
    return <Skeleton active loading placeholder={<Skeleton.Paragraph rows={6} />} />;
  }
  if (paged.rows.length === 0 && paged.number === 1) {
    return typeof empty === "string" ? <EmptyState title={empty} /> : empty;
  }
  return (
    <section aria-label={label} aria-busy={paged.isFetching}>
      {paged.error ? <Trouble error={paged.error} onRetry={paged.retry} /> : null}
      <Table<Row>
        columns={columns}
        dataSource={paged.rows}
        rowKey={(row) => (row ? rowKey(row) : "")}
        pagination={false}
        size="middle"
        {...(expanded && {
          expandedRowKeys: expanded.keys,
          expandedRowRender: (row) => row && expanded.render(row),
          expandIcon: false,
        })}
      />
      {(paged.previous ?? paged.next) && (
        <nav className="pages" aria-label={t("pages.label")}>
          <Button disabled={!paged.previous} onClick={() => paged.previous?.()}>
            {t("pages.previous")}
          </Button>
          <span aria-live="polite">{t("pages.number", { number: paged.number })}</span>
          <Button disabled={!paged.next} onClick={() => paged.next?.()}>
            {t("pages.next")}
          </Button>
        </nav>
      )}
    </section>
  );
}
