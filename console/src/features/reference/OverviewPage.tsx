import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Card } from "@/ui/Card";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { callsOf, errors, grouped, nameOf, type ApiDocument } from "./document";
import { ErrNoTable } from "./ErrNoTable";
import { Method } from "./Method";
import { Prose } from "./Prose";
import { DOCUMENTS, useDocument, useDocumentName } from "./queries";

/** A document as a whole: what it is for, its calls, and every code that they answer. */
export function Component() {
  const { t } = useTranslation("reference");
  const name = useDocumentName();
  return (
    <PageFrame
      title={t(`document.${name}`)}
      note={t(`about.${name}`)}
      actions={
        <a href={DOCUMENTS[name]} download={`${name}.json`}>
          {t("download")}
        </a>
      }
    >
      <Loaded query={useDocument()} rows={8}>
        {(document) => <Overview document={document} />}
      </Loaded>
    </PageFrame>
  );
}

function Overview({ document }: { document: ApiDocument }) {
  const { t } = useTranslation("reference");
  const name = useDocumentName();
  const calls = callsOf(document);
  const codes = [...new Map(calls.flatMap(errors).map((each) => [each.err_no, each])).values()];
  return (
    <>
      {document.info.description && <Prose text={document.info.description} />}
      {grouped(calls).map(({ tag, calls }) => (
        <Card key={tag} title={t(`tag.${tag}`, { defaultValue: tag })}>
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">{t("call")}</th>
                <th scope="col">{t("path")}</th>
              </tr>
            </thead>
            <tbody>
              {calls.map((call) => (
                <tr key={call.operationId}>
                  <th scope="row">
                    <Link to={`/reference/${name}/${call.operationId}`}>{nameOf(call)}</Link>
                  </th>
                  <td className="identifier">
                    <Method method={call.method} /> {call.path}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
      ))}
      {codes.length > 0 && (
        <Card title={t("errNo.all")}>
          <ErrNoTable codes={codes.sort((one, other) => one.err_no - other.err_no)} />
        </Card>
      )}
    </>
  );
}
