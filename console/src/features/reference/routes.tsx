import { Navigate, type RouteObject } from "react-router";

/** The reference of both APIs: a document, and a call of it, by their names in the address. */
export const routes: RouteObject[] = [
  { path: "reference", element: <Navigate to="open-platform" replace /> },
  {
    path: "reference/:document",
    lazy: () => import("./ReferenceFrame"),
    children: [
      { index: true, lazy: () => import("./OverviewPage") },
      { path: ":call", lazy: () => import("./CallPage") },
    ],
  },
];
