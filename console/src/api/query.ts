import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { asProblem } from "./problem";

const RETRIES = 2;

/** The cache of what was read. Reads alone are retried, and only where no answer or a 5xx came. */
export function newQueryClient(onExpired: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (asProblem(error).status === 401) onExpired();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => {
          const { status } = asProblem(error);
          return count < RETRIES && (status === 0 || status >= 500);
        },
        // Without a network the bar says so; a read waits, and runs when the network is back.
        networkMode: "online",
      },
      mutations: { retry: false },
    },
  });
}
