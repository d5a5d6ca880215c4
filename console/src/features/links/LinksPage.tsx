import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useAppId } from "@/api/app";
import { ActDialog } from "@/ui/ActDialog";
import { EmptyState } from "@/ui/EmptyState";
import { LinkButton } from "@/ui/LinkButton";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Button, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useRemove, useShareLinks, type ShareLink } from "./queries";

/** 分享链接: pages of the mini program by a name, to be chosen as landing pages (L1). */
export function Component() {
  const { t } = useTranslation("links");
  const links = useShareLinks();
  const toNew = `/apps/${useAppId()}/links/new`;
  const columns: ColumnProps<ShareLink>[] = [
    { title: t("name"), width: 200, render: (_: unknown, link) => <strong>{link.name}</strong> },
    { title: t("page"), render: (_: unknown, link) => <Path link={link} /> },
    {
      title: t("status"),
      width: 150,
      render: (_: unknown, link) => (
        <StatusTag of="link" status={link.has_page ? "usable" : "page_missing"} />
      ),
    },
    { title: t("usedBy"), width: 130, render: (_: unknown, link) => t("accounts", { count: link.used_by }) },
    { title: t("createdAt"), width: 160, render: (_: unknown, link) => <Moment at={link.created_at} /> },
    {
      title: t("common:actions"),
      width: 100,
      render: (_: unknown, link) => link.available_actions.includes("remove") && <Remove link={link} />,
    },
  ];
  return (
    <PageFrame
      title={t("title")}
      note={t("note")}
      actions={
        <LinkButton to={toNew} isPrimary>
          {t("create")}
        </LinkButton>
      }
    >
      <PagedTable
        paged={links}
        columns={columns}
        rowKey={(link) => link.id}
        label={t("title")}
        empty={
          <EmptyState title={t("empty.title")}>
            <div className="stack">
              <p>{t("empty.text")}</p>
              <p>
                <LinkButton to={toNew}>{t("create")}</LinkButton>
              </p>
            </div>
          </EmptyState>
        }
      />
    </PageFrame>
  );
}

function Path({ link }: { link: ShareLink }) {
  const { t } = useTranslation("links");
  return (
    <div className="path">
      <p className="identifier">
        {link.page_path}
        {link.query && <span className="muted">?{link.query}</span>}
      </p>
      {!link.has_page && <p className="muted">{t("pageMissing")}</p>}
    </div>
  );
}

function Remove({ link }: { link: ShareLink }) {
  const { t } = useTranslation("links");
  const [isOpen, setOpen] = useState(false);
  const remove = useRemove(link.id, () => setOpen(false));
  return (
    <>
      <Button
        theme="borderless"
        type="danger"
        onClick={() => setOpen(true)}
        aria-label={t("remove.of", { name: link.name })}
      >
        {t("remove.verb")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("remove.title", { name: link.name })}
        verb={t("remove.verb")}
        act={remove}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{link.used_by > 0 ? t("remove.used", { count: link.used_by }) : t("remove.unused")}</p>
        <p>{t("remove.text")}</p>
      </ActDialog>
    </>
  );
}
