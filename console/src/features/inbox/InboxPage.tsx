import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Choice } from "@/ui/Choice";
import { EmptyState } from "@/ui/EmptyState";
import { Moment } from "@/ui/Moment";
import { PagedTable } from "@/ui/PagedTable";
import { PageFrame } from "@/ui/PageFrame";
import { RadioGroup } from "@/ui/RadioGroup";
import { Button, type ColumnProps } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";
import { useFilters } from "@/ui/useFilters";
import { KINDS } from "./kinds";
import { linkOf } from "./links";
import { useMark, useMessages, type Folder, type Message } from "./queries";

const FOLDERS: Folder[] = ["all", "unread", "read"];

/** 站内信: what happened to a legal entity's mini programs, newest first (N1). */
export function Component() {
  const { t } = useTranslation("inbox");
  const [filters, setFilters] = useFilters({ folder: "all", kind: "" });
  const folder = FOLDERS.find((each) => each === filters.folder) ?? "all";
  const messages = useMessages(folder, filters.kind);
  const mark = useMark();
  const read = (message: Message) => {
    if (!message.read_at) mark.mutate({ ids: [message.id], is_read: true });
  };
  const columns: ColumnProps<Message>[] = [
    {
      title: t("message"),
      dataIndex: "text",
      render: (_: unknown, message) => {
        const link = linkOf(message);
        return (
          <div className={message.read_at ? "message" : "message unread"}>
            {!message.read_at && <span className="visually-hidden">{t("unread")}</span>}
            {link ? (
              <Link to={link} onClick={() => read(message)}>
                {message.text}
              </Link>
            ) : (
              message.text
            )}
          </div>
        );
      },
    },
    { title: t("at"), width: 160, render: (_: unknown, message) => <Moment at={message.created_at} /> },
    {
      title: t("common:actions"),
      width: 140,
      render: (_: unknown, message) => {
        const isRead = message.read_at !== null;
        return (
          <Button
            theme="borderless"
            disabled={mark.isPending}
            onClick={() => mark.mutate({ ids: [message.id], is_read: !isRead })}
          >
            {t(isRead ? "markUnread" : "markRead")}
          </Button>
        );
      },
    },
  ];
  return (
    <PageFrame
      title={t("title")}
      actions={
        <Button
          onClick={() => mark.mutate({ ids: null, is_read: true })}
          disabled={!messages.answer?.unread_count}
          loading={mark.isPending && mark.variables.ids === null}
        >
          {t("markAllRead")}
        </Button>
      }
    >
      <div className="row">
        <RadioGroup
          type="button"
          value={folder}
          onChange={(event) => setFilters({ folder: String(event.target.value) })}
          options={FOLDERS.map((each) => ({ value: each, label: t(`folder.${each}`) }))}
          aria-label={t("folder.label")}
        />
        <Choice
          label={t("kind.label")}
          value={filters.kind}
          onChange={(kind) => setFilters({ kind })}
          options={[
            { value: "", label: t("kind.all") },
            ...KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) })),
          ]}
        />
      </div>
      {mark.error && <Trouble error={mark.error} />}
      <PagedTable
        paged={messages}
        columns={columns}
        rowKey={(message) => message.id}
        label={t("title")}
        empty={<EmptyState title={t("empty.title")}>{t("empty.text")}</EmptyState>}
      />
    </PageFrame>
  );
}
