import { useTranslation } from "react-i18next";
import { Button, Typography } from "./semi";

/** Puts `content` on the clipboard, and says so. */
export function CopyButton({ content, label }: { content: string; label?: string }) {
  const { t } = useTranslation();
  return (
    <Typography.Text
      copyable={{
        content,
        render: (isCopied, copy) => (
          <Button size="small" theme="borderless" onClick={copy} aria-label={label ?? t("copy")}>
            <span aria-live="polite">{t(isCopied ? "copied" : "copy")}</span>
          </Button>
        ),
      }}
    />
  );
}
