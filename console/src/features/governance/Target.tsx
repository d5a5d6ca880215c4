import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { accountLink, entityLink, programLink } from "./found";
import type { Scope } from "./queries";

/** What an act is on, by its kind and id, leading to its page. */
export function Target({ scope, target }: { scope: Scope; target: string }) {
  const { t } = useTranslation("governance");
  const kind = t(`scope.${scope}`);
  if (scope === "global") return <>{kind}</>;
  const link = { account: accountLink, mini_program: programLink, legal_entity: entityLink }[scope](target);
  return (
    <>
      <span className="muted">{kind}</span> <Link to={link}>{target}</Link>
    </>
  );
}

/** What an act does, in words where it has some. */
export function Verb({ verb }: { verb: string }) {
  const { t } = useTranslation("governance");
  return <>{t(`verb.${verb}`, { defaultValue: verb })}</>;
}
