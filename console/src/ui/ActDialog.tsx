import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { Field } from "./Field";
import { Modal, TextArea } from "./semi";
import { Trouble } from "./Trouble";

interface Act {
  mutate: (input: { reason: string }) => void;
  isPending: boolean;
  error: Problem | null;
  reset: () => void;
}

/**
 * Asks before an act that takes something away, or that is recorded with a reason. What was typed
 * stays when the server refuses; the dialog closes when its opener sets `isOpen` to false.
 */
export function ActDialog({
  isOpen,
  title,
  children,
  verb,
  act,
  onClose,
  needsReason = false,
  isDangerous = false,
  canConfirm = true,
  width = 448,
}: {
  isOpen: boolean;
  title: string;
  /** What will happen. */
  children?: ReactNode;
  /** What the confirming button says. */
  verb: string;
  act: Act;
  onClose: () => void;
  needsReason?: boolean;
  isDangerous?: boolean;
  /** False while what will happen is not known yet, or something is still missing. */
  canConfirm?: boolean;
  /** In pixels, where more than a sentence is asked. */
  width?: number;
}) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const close = () => {
    if (act.isPending) return;
    act.reset();
    setReason("");
    onClose();
  };
  const isReady = canConfirm && (!needsReason || reason.trim() !== "");
  return (
    <Modal
      visible={isOpen}
      title={title}
      width={width}
      onCancel={close}
      onOk={() => act.mutate({ reason: reason.trim() })}
      okText={verb}
      cancelText={t("cancel")}
      // Semi names its buttons in English for who hears them, whatever they say.
      cancelButtonProps={{ "aria-label": t("cancel") }}
      okButtonProps={{
        "aria-label": verb,
        disabled: !isReady,
        loading: act.isPending,
        type: isDangerous ? "danger" : "primary",
        theme: "solid",
      }}
      maskClosable={false}
      closeOnEsc
      afterClose={() => setReason("")}
    >
      <div className="stack">
        {children}
        {needsReason && (
          <Field label={t("reason")} help={t("reasonHelp")} error={act.error?.at("reason")} isRequired>
            {(control) => (
              <TextArea {...control} value={reason} onChange={setReason} maxCount={500} autosize rows={2} />
            )}
          </Field>
        )}
        {act.error && <Trouble error={act.error} />}
      </div>
    </Modal>
  );
}
