import { useTranslation } from "react-i18next";
import { Card } from "@/ui/Card";
import { Choice } from "@/ui/Choice";
import { Loaded } from "@/ui/Loaded";
import { StatusTag } from "@/ui/StatusTag";
import { useFilters } from "@/ui/useFilters";
import { useWhy, type Account } from "./queries";

/** Every term of being shown on one surface, as a mini program sees it (V1, V2). */
export function Why({ account, surface, name }: { account: Account; surface: string; name: string }) {
  const { t } = useTranslation("governance");
  const [filters, setFilters] = useFilters({ app: "" });
  const holder = account.surfaces.find((each) => each.surface === surface)?.holder ?? null;
  const why = useWhy(account.aweme_id, surface, filters.app);
  const apps = new Map(
    account.bindings.filter((each) => each.surface === surface).map((each) => [each.app_id, each.app_name]),
  );
  return (
    <Card
      title={t("why.title", { name })}
      actions={
        apps.size > 0 && (
          <Choice
            label={t("why.app")}
            value={filters.app}
            onChange={(app) => setFilters({ app })}
            options={[
              {
                value: "",
                label: holder ? t("why.holder", { name: holder.app_name }) : t("why.noHolder"),
              },
              ...[...apps].map(([value, label]) => ({ value, label })),
            ]}
          />
        )
      }
    >
      <Loaded query={why} rows={8}>
        {(found) => (
          <>
            <div className="row">
              <StatusTag of="entry" status={found.is_shown ? "shown" : "hidden"} />
              <span>
                {found.entry
                  ? t("why.entry", {
                      app: found.entry.app_name,
                      title: found.entry.title,
                      page: found.entry.page_path,
                    })
                  : t("why.noEntry")}
              </span>
            </div>
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">{t("why.term")}</th>
                  <th scope="col">{t("why.state")}</th>
                  <th scope="col">{t("why.reason")}</th>
                  <th scope="col">{t("why.mender")}</th>
                </tr>
              </thead>
              <tbody>
                {found.terms.map((term) => (
                  <tr key={term.key}>
                    <th scope="row">
                      {term.text}
                      {term.as_of && <p className="muted">{t("verdict.asOf", { day: term.as_of })}</p>}
                    </th>
                    <td>
                      <StatusTag of="condition" status={term.is_met ? "met" : "unmet"} />
                    </td>
                    <td>
                      {term.reason && t(`why.reasons.${term.reason}`, { defaultValue: term.reason })}
                    </td>
                    <td>{!term.is_met && t(`why.menders.${term.mender}`)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        )}
      </Loaded>
    </Card>
  );
}
