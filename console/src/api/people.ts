import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, data } from "./client";

/** What the people behind ids are called, for operators; who is not known yet is not there. */
export function usePeople(asked: { id: string }[]): Map<string, string> {
  const ids = [...new Set(asked.map(({ id }) => id))].sort();
  const people = useQuery({
    queryKey: ["people", ids],
    queryFn: () => data(api.GET("/api/v1/operator/people", { params: { query: { id: ids } } })),
    enabled: ids.length > 0,
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
  return new Map(people.data?.map((each) => [each.id, each.display_name || each.login]));
}
