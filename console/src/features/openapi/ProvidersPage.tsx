import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { EmptyState } from "@/ui/EmptyState";
import { Field } from "@/ui/Field";
import { Identifier } from "@/ui/Identifier";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { Button, Input, type ColumnProps } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { IssuedSecret, type Issued } from "./IssuedSecret";
import { ProviderDrawer } from "./ProviderDrawer";
import { statusOf, useCreateProvider, useManagedProviders, type ManagedProvider } from "./queries";
import "./openapi.css";

/** Operators' 服务商: who may be authorised by mini programs to call the OpenAPI for them. */
export function Component() {
  const { t } = useTranslation("openapi");
  const [{ opened }, setOpened] = useFilters({ opened: "" });
  const [issued, setIssued] = useState<Issued | null>(null);
  const providers = useManagedProviders();
  const shown = providers.rows.find((each) => each.client_key === opened);
  const columns: ColumnProps<ManagedProvider>[] = [
    {
      title: t("provider.name"),
      render: (_: unknown, each) => (
        <>
          <strong>{each.name}</strong>
          <p>
            <Identifier id={each.client_key} />
          </p>
        </>
      ),
    },
    {
      title: t("provider.status"),
      width: 110,
      render: (_: unknown, each) => <StatusTag of="provider" status={statusOf(each)} />,
    },
    { title: t("provider.apps"), width: 120, dataIndex: "authorizations" },
    { title: t("provider.secrets"), width: 90, render: (_: unknown, each) => each.secrets.length },
    {
      title: t("networks.title"),
      width: 130,
      render: (_: unknown, each) =>
        each.allowed_networks.length > 0
          ? t("provider.networks", { count: each.allowed_networks.length })
          : t("networks.anywhere"),
    },
    { title: t("provider.since"), width: 160, render: (_: unknown, each) => <Moment at={each.created_at} /> },
    {
      title: t("common:actions"),
      width: 100,
      render: (_: unknown, each) => (
        <Button
          theme="borderless"
          onClick={() => setOpened({ opened: each.client_key })}
          aria-label={t("provider.manageOf", { name: each.name })}
        >
          {t("provider.manage")}
        </Button>
      ),
    },
  ];
  return (
    <PageFrame
      title={t("provider.title")}
      note={t("provider.note")}
      actions={<NewProvider onIssued={setIssued} />}
    >
      <PagedTable
        paged={providers}
        columns={columns}
        rowKey={(each) => each.client_key}
        label={t("provider.title")}
        empty={<EmptyState title={t("provider.none.title")}>{t("provider.none.text")}</EmptyState>}
      />
      {shown && <ProviderDrawer provider={shown} onClose={() => setOpened({ opened: "" })} />}
      <IssuedSecret issued={issued} onClose={() => setIssued(null)} />
    </PageFrame>
  );
}

function NewProvider({ onIssued }: { onIssued: (issued: Issued) => void }) {
  const { t } = useTranslation("openapi");
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState("");
  const close = () => {
    setName("");
    setOpen(false);
  };
  const create = useCreateProvider({
    onDone: (made) => {
      close();
      onIssued(made);
    },
  });
  return (
    <>
      <Button theme="solid" onClick={() => setOpen(true)}>
        {t("provider.new")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("provider.new")}
        verb={t("provider.create")}
        act={{ ...create, mutate: () => create.mutate(name.trim()) }}
        onClose={close}
        canConfirm={name.trim() !== ""}
      >
        <Field label={t("provider.name")} help={t("provider.nameHelp")} error={create.error?.at("name")} isRequired>
          {(control) => <Input {...control} value={name} onChange={setName} maxLength={64} autoComplete="off" />}
        </Field>
        <p className="muted">{t("provider.newText")}</p>
      </ActDialog>
    </>
  );
}
