import { useQuery, useQueryClient } from "@tanstack/react-query";
import { api, data, keepCsrfToken, type Schemas } from "./client";

export type Session = Schemas["SessionOut"];

const KEY = ["session"];

async function readSession(): Promise<Session> {
  const session = await data(api.GET("/api/v1/session"));
  keepCsrfToken(session.csrf_token);
  return session;
}

/** Who is logged in. */
export function useSession() {
  return useQuery({ queryKey: KEY, queryFn: readSession, staleTime: 60_000 });
}

/** Logging in again over the page that is open, and out. */
export function useLogin() {
  const client = useQueryClient();
  return {
    logIn: async (login: string, password: string): Promise<void> => {
      // The token of the session that ran out is no good any more.
      await readSession();
      const session = await data(api.POST("/api/v1/session", { body: { login, password } }));
      keepCsrfToken(session.csrf_token);
      client.setQueryData(KEY, session);
      await client.invalidateQueries();
    },
    logOut: async (): Promise<void> => {
      await data(api.DELETE("/api/v1/session"));
      globalThis.location.assign("/login");
    },
  };
}
