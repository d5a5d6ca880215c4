import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";
import { problemOf, unreachable } from "@/api/problem";
import type { ApiDocument } from "./document";

/** The documents that are served here, by their name in the address; each is what its API checks by. */
export const DOCUMENTS = {
  "open-platform": "/open-platform.json",
  guazai: "/api/v1/openapi.json",
} as const;
export type DocumentName = keyof typeof DOCUMENTS;
export const NAMES = Object.keys(DOCUMENTS) as DocumentName[];

async function read(url: string): Promise<ApiDocument> {
  const response = await fetch(url).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as ApiDocument;
}

/** Which document the address names; the ecosystem's where it names none. */
export function useDocumentName(): DocumentName {
  const { document } = useParams();
  return NAMES.find((each) => each === document) ?? "open-platform";
}

/** The document that the address names. */
export function useDocument() {
  const name = useDocumentName();
  return useQuery({
    queryKey: ["document", name],
    queryFn: () => read(DOCUMENTS[name]),
    staleTime: Infinity,
  });
}
