import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "@/api/problem";
import { useLogin, useSession } from "@/api/session";
import { Field } from "@/ui/Field";
import { Button, Input, Modal } from "@/ui/semi";
import { Trouble } from "@/ui/Trouble";

/**
 * The login ran out while a page was open: log in again over it. The page, and what was typed on it,
 * stays as it is. Somebody else cannot log in here, where another person's page is open.
 */
export function Expired({ isOpen, onDone }: { isOpen: boolean; onDone: () => void }) {
  const { t } = useTranslation("app");
  const session = useSession();
  const { logIn } = useLogin();
  // Who was here is remembered from before: the session itself does not know any more.
  const [person, setPerson] = useState("");
  const known = session.data?.person;
  if (known && known !== person) setPerson(known);
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isPending, setPending] = useState(false);

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setPending(true);
    setProblem(null);
    try {
      await logIn(person, password);
      setPassword("");
      onDone();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setPending(false);
    }
  };

  return (
    <Modal visible={isOpen} title={t("expired.title")} footer={null} closable={false} maskClosable={false}>
      <form onSubmit={(event) => void submit(event)} className="stack">
        <p>{t("expired.text")}</p>
        <Field label={t("expired.login")}>
          {(control) => <Input {...control} value={person} readOnly autoComplete="username" />}
        </Field>
        <Field label={t("expired.password")} isRequired>
          {(control) => (
            <Input
              {...control}
              mode="password"
              value={password}
              onChange={setPassword}
              autoComplete="current-password"
              autoFocus
            />
          )}
        </Field>
        {problem && <Trouble error={problem} />}
        <div className="row end">
          <Button onClick={() => globalThis.location.assign("/login")}>{t("expired.other")}</Button>
          <Button htmlType="submit" theme="solid" type="primary" loading={isPending} disabled={!password}>
            {t("expired.submit")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
