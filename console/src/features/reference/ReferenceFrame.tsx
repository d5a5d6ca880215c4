import { useDeferredValue, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, useParams } from "react-router";
import { Loaded } from "@/ui/Loaded";
import { Input } from "@/ui/semi";
import { callsOf, grouped, isFound, nameOf, type ApiDocument } from "./document";
import { Method } from "./Method";
import { NAMES, useDocument, useDocumentName } from "./queries";
import "./reference.css";

/** 接口文档: the calls of a document on the left, to be searched, and the opened one. */
export function Component() {
  const { t } = useTranslation("reference");
  const document = useDocument();
  return (
    <div className="side reference">
      <nav aria-label={t("title")}>
        <section>
          <h2>{t("title")}</h2>
          {NAMES.map((name) => (
            <NavLink key={name} to={`/reference/${name}`}>
              {t(`document.${name}`)}
            </NavLink>
          ))}
        </section>
        <Loaded query={document} rows={10}>
          {(document) => <Calls document={document} />}
        </Loaded>
      </nav>
      <Outlet />
    </div>
  );
}

function Calls({ document }: { document: ApiDocument }) {
  const { t } = useTranslation("reference");
  const name = useDocumentName();
  const [typed, setTyped] = useState("");
  const { call: opened } = useParams();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector("a.active")?.scrollIntoView({ block: "nearest" });
  }, [opened]);
  const text = useDeferredValue(typed.trim());
  const groups = grouped(callsOf(document).filter((call) => isFound(call, text)));
  return (
    <>
      <div className="reference-search">
        <Input value={typed} onChange={setTyped} placeholder={t("search")} aria-label={t("search")} showClear />
      </div>
      <p className="visually-hidden" role="status">
        {t("found", { count: groups.reduce((sum, { calls }) => sum + calls.length, 0) })}
      </p>
      {groups.length === 0 && <p className="muted reference-none">{t("noneFound")}</p>}
      <div ref={list}>
        {groups.map(({ tag, calls }) => (
          <section key={tag}>
            <h2>{t(`tag.${tag}`, { defaultValue: tag })}</h2>
            {calls.map((call) => (
              <NavLink key={call.operationId} to={`/reference/${name}/${call.operationId}`}>
                <span>{nameOf(call)}</span>
                <span className="reference-path">
                  <Method method={call.method} /> {shortened(call.path)}
                </span>
              </NavLink>
            ))}
          </section>
        ))}
      </div>
    </>
  );
}

/** The path without what all paths of its API begin with. */
const shortened = (path: string) => path.replace(/^\/api\/(v1|apps|tpapp)\//, "");
