import { QueryClientProvider } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { createBrowserRouter, RouterProvider } from "react-router";
import { newQueryClient } from "@/api/query";
import { ConfigProvider } from "@/ui/semi";
import { Expired } from "./Expired";
import { routes } from "./routes";
import { semiTexts } from "./semiTexts";

const router = createBrowserRouter(routes);

/** Everything around the pages: the cache of what was read, Semi's own texts, the login dialog. */
export function App() {
  const { i18n } = useTranslation();
  const [isExpired, setExpired] = useState(false);
  const client = useMemo(() => newQueryClient(() => setExpired(true)), []);
  return (
    <QueryClientProvider client={client}>
      <ConfigProvider locale={semiTexts(i18n.language)} timeZone="GMT+08:00">
        <RouterProvider router={router} />
        <Expired isOpen={isExpired} onDone={() => setExpired(false)} />
      </ConfigProvider>
    </QueryClientProvider>
  );
}
