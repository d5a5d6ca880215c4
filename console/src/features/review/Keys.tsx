import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Modal } from "@/ui/semi";
import { useShortcuts } from "@/ui/useShortcuts";

/** The keys of a page: a button, and `?`, show what each does. */
export function Keys({ keys }: { keys: [key: string, does: string][] }) {
  const { t } = useTranslation("review");
  const [isOpen, setOpen] = useState(false);
  useShortcuts({ "?": () => setOpen(true) });
  return (
    <>
      <Button theme="borderless" type="tertiary" onClick={() => setOpen(true)}>
        <span className="review-key">
          {t("keys.title")} <kbd>?</kbd>
        </span>
      </Button>
      <Modal
        visible={isOpen}
        title={t("keys.title")}
        footer={null}
        closeOnEsc
        onCancel={() => setOpen(false)}
      >
        <dl className="review-keys">
          {keys.map(([key, does]) => (
            <div key={key}>
              <dt>
                {key.split(" ").map((one) => (
                  <kbd key={one}>{one}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Modal>
    </>
  );
}
