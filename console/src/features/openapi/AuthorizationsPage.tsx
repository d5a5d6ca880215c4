import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { EmptyState } from "@/ui/EmptyState";
import { Identifier } from "@/ui/Identifier";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Button, type ColumnProps } from "@/ui/semi";
import { AuthorizeDialog } from "./AuthorizeDialog";
import { useAuthorizations, useRevoke, type Authorization } from "./queries";
import "./openapi.css";

/** 服务商授权: who may call the OpenAPI for this mini program, and what. */
export function Component() {
  const { t } = useTranslation("openapi");
  const [isOpen, setOpen] = useState(false);
  const authorizations = useAuthorizations();
  const begin = (
    <Button theme="solid" onClick={() => setOpen(true)}>
      {t("authorize.begin")}
    </Button>
  );
  const columns: ColumnProps<Authorization>[] = [
    {
      title: t("authorize.provider"),
      width: 260,
      render: (_: unknown, { provider }) => (
        <>
          <strong>{provider.name}</strong>
          <p>
            <Identifier id={provider.client_key} />
          </p>
        </>
      ),
    },
    {
      title: t("authorize.permissions"),
      render: (_: unknown, { permissions }) => (
        <ul className="permissions">
          {permissions.map((permission) => (
            <li key={permission.id}>
              {permission.name}
              <span className="muted">{permission.description}</span>
            </li>
          ))}
        </ul>
      ),
    },
    {
      title: t("authorize.since"),
      width: 170,
      render: (_: unknown, { authorized_at }) => <Moment at={authorized_at} />,
    },
    {
      title: t("common:actions"),
      width: 120,
      render: (_: unknown, authorization) =>
        authorization.available_actions.includes("revoke") && <Revoke authorization={authorization} />,
    },
  ];
  const isEmpty = authorizations.rows.length === 0;
  return (
    <PageFrame title={t("authorize.title")} note={t("authorize.note")} actions={!isEmpty && begin}>
      <PagedTable
        paged={authorizations}
        columns={columns}
        rowKey={({ id }) => id}
        label={t("authorize.title")}
        empty={
          <EmptyState title={t("authorize.none.title")}>
            <div className="stack tight">
              <p>{t("authorize.none.text")}</p>
              <p>{begin}</p>
            </div>
          </EmptyState>
        }
      />
      <AuthorizeDialog isOpen={isOpen} onClose={() => setOpen(false)} />
    </PageFrame>
  );
}

function Revoke({ authorization: { id, provider } }: { authorization: Authorization }) {
  const { t } = useTranslation("openapi");
  const [isOpen, setOpen] = useState(false);
  const revoke = useRevoke(id, () => setOpen(false));
  return (
    <>
      <Button
        theme="borderless"
        type="danger"
        onClick={() => setOpen(true)}
        aria-label={t("authorize.revokeOf", { name: provider.name })}
      >
        {t("authorize.revoke")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("authorize.revokeTitle", { name: provider.name })}
        verb={t("authorize.revoke")}
        act={revoke}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{t("authorize.revokeText")}</p>
      </ActDialog>
    </>
  );
}
