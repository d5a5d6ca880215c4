import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActDialog } from "@/ui/ActDialog";
import { Card } from "@/ui/Card";
import { Field } from "@/ui/Field";
import { Loaded } from "@/ui/Loaded";
import { Button, Input } from "@/ui/semi";
import { StatusTag } from "@/ui/StatusTag";
import { Trouble } from "@/ui/Trouble";
import { useConfirmMail, useMail, useRemoveMail, useSetMail, type Mail } from "./queries";

/** Where the legal entity is told by mail what also stands in its inbox. */
export function MailCard() {
  const { t } = useTranslation("webhooks");
  return (
    <Card title={t("mail.title")}>
      <p className="muted">{t("mail.text")}</p>
      <Loaded query={useMail()} rows={2}>
        {(mail) => <Standing mail={mail} />}
      </Loaded>
    </Card>
  );
}

function Standing({ mail }: { mail: Mail }) {
  const { t } = useTranslation("webhooks");
  const [isEdited, setEdited] = useState(false);
  if (!mail.is_available && !mail.address) return <p>{t("mail.unavailable")}</p>;
  if (!mail.address || isEdited) {
    return <AddressForm mail={mail} onClose={mail.address ? () => setEdited(false) : undefined} />;
  }
  const can = (action: string) => mail.available_actions.includes(action);
  return (
    <div className="stack">
      <div className="row">
        <strong>{mail.address}</strong>
        <StatusTag of="mail" status={mail.is_confirmed ? "confirmed" : "unconfirmed"} />
        {can("set") && <Button onClick={() => setEdited(true)}>{t("mail.change")}</Button>}
        {can("remove") && <Remove address={mail.address} />}
      </div>
      {!mail.is_available && <p className="muted">{t("mail.unavailable")}</p>}
      {!mail.is_confirmed && mail.is_available && <CodeForm mail={mail} canConfirm={can("confirm")} />}
    </div>
  );
}

function AddressForm({ mail, onClose }: { mail: Mail; onClose?: (() => void) | undefined }) {
  const { t } = useTranslation("webhooks");
  const [address, setAddress] = useState(mail.address);
  const save = useSetMail(() => onClose?.());
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ address: address.trim() });
      }}
    >
      <Field label={t("mail.address")} help={t("mail.addressHelp")} error={save.error?.at("address")} isRequired>
        {(control) => (
          <Input
            {...control}
            type="email"
            className="short"
            value={address}
            onChange={setAddress}
            autoComplete="email"
          />
        )}
      </Field>
      {save.error && !save.error.at("address") && <Trouble error={save.error} />}
      <div className="row">
        <Button htmlType="submit" theme="solid" loading={save.isPending} disabled={address.trim() === ""}>
          {t("mail.send")}
        </Button>
        {onClose && <Button onClick={onClose}>{t("common:cancel")}</Button>}
      </div>
    </form>
  );
}

function CodeForm({ mail, canConfirm }: { mail: Mail; canConfirm: boolean }) {
  const { t } = useTranslation("webhooks");
  const [code, setCode] = useState("");
  const confirm = useConfirmMail(() => setCode(""));
  const resend = useSetMail(() => setCode(""));
  const again = (
    <Button loading={resend.isPending} onClick={() => resend.mutate({ address: mail.address })}>
      {t("mail.resend")}
    </Button>
  );
  if (!canConfirm) {
    return (
      <div className="stack">
        <p>{t("mail.codeOver")}</p>
        {resend.error && <Trouble error={resend.error} />}
        <div className="row">{again}</div>
      </div>
    );
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        confirm.mutate({ code: code.trim() });
      }}
    >
      <Field
        label={t("mail.code")}
        help={t("mail.codeHelp", { address: mail.address })}
        error={confirm.error?.at("code")}
        isRequired
      >
        {(control) => (
          <Input
            {...control}
            className="short"
            value={code}
            onChange={setCode}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={6}
          />
        )}
      </Field>
      {confirm.error && !confirm.error.at("code") && <Trouble error={confirm.error} />}
      {resend.error && <Trouble error={resend.error} />}
      <div className="row">
        <Button htmlType="submit" theme="solid" loading={confirm.isPending} disabled={!/^\d{6}$/.test(code.trim())}>
          {t("mail.confirm")}
        </Button>
        {again}
        {resend.isSuccess && (
          <span className="muted" role="status">
            {t("mail.resent")}
          </span>
        )}
      </div>
    </form>
  );
}

function Remove({ address }: { address: string }) {
  const { t } = useTranslation("webhooks");
  const [isOpen, setOpen] = useState(false);
  const remove = useRemoveMail(() => setOpen(false));
  return (
    <>
      <Button type="danger" onClick={() => setOpen(true)}>
        {t("mail.remove")}
      </Button>
      <ActDialog
        isOpen={isOpen}
        title={t("mail.removeTitle")}
        verb={t("mail.remove")}
        act={remove}
        onClose={() => setOpen(false)}
        isDangerous
      >
        <p>{t("mail.removeText", { address })}</p>
      </ActDialog>
    </>
  );
}
