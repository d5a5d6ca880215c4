import { useTranslation } from "react-i18next";

/** A page of the server as a phone shows it, and the code to open it on a real one. */
export function Phone({ src, qr, title }: { src: string; qr?: string; title: string }) {
  const { t } = useTranslation();
  return (
    <figure className="phone">
      <iframe src={src} title={title} loading="lazy" />
      {qr && (
        <figcaption>
          <img src={qr} alt={t("phone.qrAlt")} width={112} height={112} />
          <span className="muted">{t("phone.scan")}</span>
        </figcaption>
      )}
    </figure>
  );
}
