import { useTranslation } from "react-i18next";
import { Card } from "@/ui/Card";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import type { ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useApplications, type Application } from "./queries";

/** The applications before the one that the page is about. */
export function Earlier({ latest }: { latest: string }) {
  const { t } = useTranslation("capability");
  const applications = useApplications();
  const rows = applications.rows.filter((each) => each.id !== latest);
  if (rows.length === 0 && applications.number === 1 && !applications.error) return null;
  const columns: ColumnProps<Application>[] = [
    {
      title: t("earlier.submittedAt"),
      width: 160,
      render: (_: unknown, each) => <Moment at={each.submitted_at} />,
    },
    {
      title: t("earlier.result"),
      width: 110,
      render: (_: unknown, each) => <StatusTag of="application" status={each.status} />,
    },
    { title: t("earlier.decidedAt"), width: 160, render: (_: unknown, each) => <Moment at={each.decided_at} /> },
    {
      title: t("earlier.reasons"),
      render: (_: unknown, each) => each.reasons.map((reason) => reason.text).join(" · ") || t("common:none"),
    },
  ];
  return (
    <Card title={t("earlier.title")}>
      <PagedTable
        paged={{ ...applications, rows }}
        columns={columns}
        rowKey={(each) => each.id}
        label={t("earlier.title")}
        empty={t("earlier.title")}
      />
    </Card>
  );
}
