import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Card } from "@/ui/Card";
import { Code } from "@/ui/Code";
import { EmptyState } from "@/ui/EmptyState";
import { Facts } from "@/ui/Facts";
import { Loaded } from "@/ui/Loaded";
import { PageFrame } from "@/ui/PageFrame";
import { curlOf } from "./curl";
import { bodyOf, callsOf, errors, nameOf, proseOf, type ApiDocument, type Call } from "./document";
import { ErrNoTable } from "./ErrNoTable";
import { FieldTable } from "./FieldTable";
import { Method } from "./Method";
import { Prose } from "./Prose";
import { useDocument, useDocumentName } from "./queries";
import { exampleOf, rowOf, rowsOf, typeOf } from "./schema";

/** One call: its arguments, its answers, its codes, and how it is called from a terminal. */
export function Component() {
  const { t } = useTranslation("reference");
  const name = useDocumentName();
  const { call: wanted } = useParams();
  const document = useDocument();
  const call = document.data && callsOf(document.data).find((each) => each.operationId === wanted);
  const crumbs = [{ text: t(`document.${name}`), to: `/reference/${name}` }];
  if (document.data && !call) {
    return (
      <PageFrame title={t("notFound.title")} crumbs={crumbs}>
        <EmptyState title={t("notFound.text")}>
          <Link to={`/reference/${name}`}>{t("notFound.all")}</Link>
        </EmptyState>
      </PageFrame>
    );
  }
  return (
    <PageFrame
      title={call ? nameOf(call) : (wanted ?? "")}
      crumbs={call?.tag ? [...crumbs, { text: t(`tag.${call.tag}`, { defaultValue: call.tag }) }] : crumbs}
      note={
        call && (
          <span className="identifier path">
            <Method method={call.method} /> {call.path}
          </span>
        )
      }
    >
      <Loaded query={document} rows={8}>
        {(document) => call && <Parts call={call} document={document} />}
      </Loaded>
    </PageFrame>
  );
}

const PLACES = ["path", "query", "header", "cookie"] as const;

function Parts({ call, document }: { call: Call; document: ApiDocument }) {
  const { t } = useTranslation("reference");
  const body = bodyOf(call.requestBody);
  const parameters = call.parameters ?? [];
  const codes = errors(call);
  const { "x-scope": scope, "x-permission": permission } = call;
  const needs: [string, ReactNode][] = [
    ...(scope ? [[t("needs.scope"), <code key="scope">{scope}</code>] as [string, ReactNode]] : []),
    ...(permission ? [[t("needs.permission"), t(`openapi:permission.${permission}.name`)] as [string, ReactNode]] : []),
  ];
  return (
    <>
      <div className="stack tight">
        {call.summary !== nameOf(call) && <Prose text={call.summary ?? ""} />}
        {proseOf(call) && <Prose text={proseOf(call)} />}
      </div>
      {needs.length > 0 && <Facts facts={needs} />}
      {PLACES.map((place) => {
        const here = parameters.filter((each) => each.in === place);
        return (
          here.length > 0 && (
            <Card key={place} title={t(`in.${place}`)}>
              <FieldTable
                rows={here.map((each) => {
                  const row = rowOf(each.name, each.schema ?? {}, document, { isRequired: each.required ?? false });
                  return { ...row, text: each.description ?? row.text };
                })}
              />
            </Card>
          )
        );
      })}
      {body && (
        <Card title={t("in.body", { type: body.type })}>
          <FieldTable rows={rowsOf(body.schema, document)} />
        </Card>
      )}
      <Card title={t("curl")}>
        <Code label={t("terminal")} text={curlOf(call, document, globalThis.location.origin)} />
      </Card>
      {Object.entries(call.responses ?? {}).map(([status, answer]) => {
        const told = bodyOf(answer);
        return (
          <Card key={status} title={status === "default" ? t("answer.refusal") : t("answer.of", { status })}>
            {answer.description && answer.description !== "OK" && <p className="muted">{answer.description}</p>}
            {told ? (
              <>
                <p className="muted">
                  {told.type} · {typeOf(told.schema, document)}
                </p>
                <FieldTable rows={rowsOf(told.schema, document)} isAnswer />
                {status !== "default" && (
                  <details>
                    <summary>{t("answer.example")}</summary>
                    <Code
                      label={t("answer.example")}
                      text={JSON.stringify(exampleOf(told.schema, document), null, 2)}
                    />
                  </details>
                )}
              </>
            ) : (
              <p className="muted">{t("answer.empty")}</p>
            )}
          </Card>
        );
      })}
      {codes.length > 0 && (
        <Card title={t("errNo.title")}>
          <ErrNoTable codes={codes} />
        </Card>
      )}
    </>
  );
}
