import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { Banner, Button } from "./semi";

/** What went wrong and what to do about it; `onRetry` for what can simply be tried again. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation("trouble");
  const problem = asProblem(error);
  const title = problem.body.title || t(`${problem.code}.title`, { defaultValue: t("unknown.title") });
  const detail = problem.body.detail || t(`${problem.code}.detail`, { defaultValue: "" });
  return (
    <Banner
      type={problem.status === 0 || problem.status >= 500 ? "danger" : "warning"}
      closeIcon={null}
      fullMode={false}
      title={title}
      description={
        <>
          {detail !== title && detail && <p>{detail}</p>}
          {problem.body.errors.length > 0 && (
            <ul>
              {problem.body.errors.map((error) => (
                <li key={`${error.at} ${error.code}`}>{error.detail}</li>
              ))}
            </ul>
          )}
          {problem.requestId && (
            <p className="muted">{t("request", { id: problem.requestId, code: problem.code })}</p>
          )}
          {onRetry && <Button onClick={onRetry}>{t("retry")}</Button>}
        </>
      }
    />
  );
}
