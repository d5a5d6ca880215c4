import { onlineManager } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

/** A bar while the network is away. Reads go on by themselves when it is back; writes never do. */
export function Offline() {
  const { t } = useTranslation("app");
  const isOnline = useSyncExternalStore(
    (tell) => onlineManager.subscribe(tell),
    () => onlineManager.isOnline(),
  );
  if (isOnline) return null;
  return (
    <p className="offline" role="status">
      {t("offline")}
    </p>
  );
}
