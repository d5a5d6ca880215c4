import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, useLocation, useNavigation } from "react-router";
import { useLogin, useSession, type Session } from "@/api/session";
import { UnreadBadge } from "@/features/inbox/UnreadBadge";
import { LANGUAGES, speak, type Language } from "@/i18n";
import { Loaded } from "@/ui/Loaded";
import { Menu } from "@/ui/Menu";
import { Button } from "@/ui/semi";
import { chooseScheme, SCHEMES, useScheme } from "@/ui/theme";
import { Offline } from "./Offline";
import { workplaces } from "./workplaces";

/** The frame of every page: where one can work, who one is, language and scheme. */
export function Shell() {
  const session = useSession();
  // Who was here stays on the page when the login runs out; a dialog over it asks for the password.
  const [known, setKnown] = useState<Session | null>(null);
  if (session.data?.person && session.data !== known) setKnown(session.data);
  return (
    <Loaded query={session}>
      {(session) => {
        const shown = session.person ? session : known;
        return shown ? <Frame session={shown} /> : <ToLogin />;
      }}
    </Loaded>
  );
}

/** Nobody is logged in when the page opens: log in, and come back here. */
function ToLogin() {
  useEffect(() => {
    const { pathname, search } = globalThis.location;
    globalThis.location.replace(`/login?next=${encodeURIComponent(pathname + search)}`);
  }, []);
  return null;
}

function Frame({ session }: { session: Session }) {
  const { t } = useTranslation("app");
  const { pathname } = useLocation();
  const navigation = useNavigation();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else {
      // A page for searching begins in its box, any other at its heading.
      const box = main.current?.querySelector<HTMLElement>("[role=search] input");
      (box ?? main.current?.querySelector<HTMLElement>("h1"))?.focus();
    }
  }, [pathname]);
  return (
    <>
      <a className="skip" href="#main">
        {t("skip")}
      </a>
      <Offline />
      <header className="bar">
        <NavLink to="/" className="brand">
          <img src="/static/mark.svg" alt="" width={24} height={24} />
          挂载 <span>Guazai</span>
        </NavLink>
        <nav aria-label={t("workplaces")}>
          {workplaces(session).map((place) => (
            <NavLink key={place} to={`/${place}`}>
              {t(`place.${place}`)}
            </NavLink>
          ))}
        </nav>
        <div className="bar-end">
          {session.entities.length > 0 && <UnreadBadge />}
          <Languages />
          <Schemes />
          <Me session={session} />
        </div>
      </header>
      {navigation.state === "loading" && <div className="progress" role="status" aria-label={t("loading")} />}
      <main id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}

function Languages() {
  const { t, i18n } = useTranslation("app");
  const other: Language = i18n.language === "en" ? "zh-CN" : "en";
  return (
    <Button theme="borderless" type="tertiary" onClick={() => void speak(other)} aria-label={t("language")}>
      <span lang={other}>{LANGUAGES[other]}</span>
    </Button>
  );
}

function Schemes() {
  const { t } = useTranslation("app");
  const chosen = useScheme();
  const items = SCHEMES.map((each) => ({
    text: t(`scheme.${each}`),
    onPick: () => chooseScheme(each),
    isChosen: each === chosen,
  }));
  return <Menu label={t(`scheme.${chosen}`)} items={items} />;
}

function Me({ session }: { session: Session }) {
  const { t } = useTranslation("app");
  const { logOut } = useLogin();
  const items = [
    ...(session.accounts.length > 0
      ? [{ text: t("ownPages"), onPick: () => globalThis.location.assign("/me") }]
      : []),
    { text: t("logOut"), onPick: () => void logOut() },
  ];
  return <Menu label={session.display_name || (session.person ?? "")} items={items} />;
}
