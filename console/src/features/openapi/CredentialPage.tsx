import { useTranslation } from "react-i18next";
import { useAppId } from "@/api/app";
import { Card } from "@/ui/Card";
import { Identifier } from "@/ui/Identifier";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { Networks } from "./Networks";
import { useCredential, type Credential } from "./queries";
import { Scopes } from "./Scopes";
import { Secrets } from "./Secrets";
import { TryIt } from "./TryIt";
import "./openapi.css";

/** 接口凭证: what a mini program's own programs call the OpenAPI with. */
export function Component() {
  const { t } = useTranslation("openapi");
  return (
    <PageFrame title={t("credential.title")} note={t("credential.note")}>
      <Loaded query={useCredential()} rows={8}>
        {(credential) => <Parts credential={credential} />}
      </Loaded>
    </PageFrame>
  );
}

function Parts({ credential }: { credential: Credential }) {
  const { t } = useTranslation("openapi");
  const app_id = useAppId();
  const can = (action: string) => credential.available_actions.includes(action);
  return (
    <>
      <Card title={t("secret.title")}>
        <div className="row">
          <span className="muted">client_key</span>
          <Identifier id={credential.client_key} />
          <span className="muted">{t("credential.keyIsAppId")}</span>
        </div>
        <Secrets
          owner={{ app_id }}
          clientKey={credential.client_key}
          secrets={credential.secrets}
          canCreate={can("create_secret")}
        />
      </Card>
      <div className="halves">
        <Card title={t("scopes.title")}>
          <p className="muted">{t("scopes.text")}</p>
          <Scopes app_id={app_id} credential={credential} />
        </Card>
        <Card title={t("networks.title")}>
          <p className="muted">{t("networks.text")}</p>
          <Networks
            owner={{ app_id }}
            networks={credential.allowed_networks}
            canSet={can("set_allowed_networks")}
          />
        </Card>
      </div>
      <Card title={t("try.title")}>
        <TryIt clientKey={credential.client_key} />
      </Card>
    </>
  );
}
