import { Navigate, type RouteObject } from "react-router";
import * as apps from "@/features/apps/routes";
import { routes as audit } from "@/features/audit/routes";
import { routes as binding } from "@/features/binding/routes";
import { routes as capability } from "@/features/capability/routes";
import { routes as governance } from "@/features/governance/routes";
import { routes as inbox } from "@/features/inbox/routes";
import { routes as landing } from "@/features/landing/routes";
import { routes as links } from "@/features/links/routes";
import * as openapi from "@/features/openapi/routes";
import { routes as reference } from "@/features/reference/routes";
import { routes as review } from "@/features/review/routes";
import { routes as rules } from "@/features/rules/routes";
import { pages as webhooks } from "@/features/webhooks/routes";
import { Skeleton } from "@/ui/semi";
import { Failed, NotFound } from "./Failed";
import { Home } from "./Home";
import { OperateFrame } from "./OperateFrame";
import { Shell } from "./Shell";

const notFound: RouteObject = { path: "*", element: <NotFound /> };

/** A mini program's pages, inside its frame. */
const app: RouteObject = {
  ...apps.frame,
  children: [
    {
      errorElement: <Failed />,
      children: [
        { index: true, element: <Navigate to="mount" replace /> },
        ...capability,
        ...binding,
        ...landing,
        ...links,
        ...openapi.pages,
        ...webhooks,
        ...apps.pages,
        notFound,
      ],
    },
  ],
};

/** The operators' pages, inside theirs. */
const operate: RouteObject = {
  path: "operate",
  element: <OperateFrame />,
  children: [
    {
      errorElement: <Failed />,
      children: [
        { index: true, element: <Navigate to="find" replace /> },
        ...governance,
        ...openapi.operate,
        ...rules,
        ...audit,
        notFound,
      ],
    },
  ],
};

/** Every address of the console. The pages themselves are loaded when they are opened. */
export const routes: RouteObject[] = [
  {
    element: <Shell />,
    hydrateFallbackElement: (
      <div className="page">
        <Skeleton active loading placeholder={<Skeleton.Paragraph rows={6} />} />
      </div>
    ),
    children: [
      {
        errorElement: <Failed />,
        children: [
          { index: true, element: <Home /> },
          ...apps.routes,
          app,
          ...inbox,
          ...review,
          operate,
          ...reference,
          notFound,
        ],
      },
    ],
  },
];
