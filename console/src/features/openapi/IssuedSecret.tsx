import { useTranslation } from "react-i18next";
import { Code } from "@/ui/Code";
import { Banner, Button, Modal } from "@/ui/semi";

/** What was issued and is shown this once. */
export interface Issued {
  client_key: string;
  secret: string;
}

/** Shows a secret the only time that it can be shown; nothing but its own button closes it. */
export function IssuedSecret({ issued, onClose }: { issued: Issued | null; onClose: () => void }) {
  const { t } = useTranslation("openapi");
  return (
    <Modal
      visible={issued !== null}
      title={t("issued.title")}
      width={560}
      closable={false}
      maskClosable={false}
      closeOnEsc={false}
      footer={
        <Button theme="solid" onClick={onClose}>
          {t("issued.kept")}
        </Button>
      }
    >
      <div className="stack">
        <Banner type="warning" closeIcon={null} fullMode={false} description={t("issued.once")} />
        {issued && (
          <>
            <Code label="client_key" text={issued.client_key} />
            <Code label="client_secret" text={issued.secret} />
          </>
        )}
        <p className="muted">{t("issued.where")}</p>
      </div>
    </Modal>
  );
}
