import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { curlOf } from "@/features/reference/curl";
import { callsOf, errors, grouped, isFound, nameOf, proseOf, type ApiDocument } from "@/features/reference/document";
import { exampleOf, rowsOf, typeOf } from "@/features/reference/schema";

const named = (file: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, "../../docs/reference", file), "utf-8")) as ApiDocument;
const DOCUMENTS = { own: named("openapi.json"), wire: named("open-platform.json") };
const small: ApiDocument = {
  info: { title: "", version: "1" },
  paths: {},
  components: {
    schemas: {
      Node: {
        type: "object",
        required: ["id"],
        properties: {
          id: { type: "integer", minimum: 1, maximum: 9 },
          kind: { anyOf: [{ enum: ["a", "b"], type: "string" }, { type: "null" }], default: "a" },
          children: { type: "array", items: { $ref: "#/components/schemas/Node" } },
          map: { type: "object", additionalProperties: { type: "array", items: { type: "string" } } },
        },
      },
    },
  },
};
const node = { $ref: "#/components/schemas/Node" };

describe("a schema as a table", () => {
  it("names types, limits and what is needed, and ends where it contains itself", () => {
    const rows = rowsOf(node, small);
    expect(rows.slice(0, 3).map(({ name, type, isRequired, limits }) => [name, type, isRequired, limits])).toEqual([
      ["id", "integer", true, ["1–9"]],
      ["kind", "string | null", false, ['"a" | "b"', '= "a"']],
      ["children", "array<object>", false, []],
    ]);
    expect(rows.find(({ path }) => path === "map")?.type).toBe("map<string, array<string>>");
    expect(Math.max(...rows.map(({ depth }) => depth))).toBeLessThanOrEqual(6);
    expect(new Set(rows.map(({ path }) => path)).size).toBe(rows.length);
  });

  it("has an example of what must be sent", () => {
    expect(exampleOf(node, small)).toEqual({ id: 1 });
    expect(typeOf({ anyOf: [{ type: "string" }, { type: "integer" }] }, small)).toBe("string | integer");
  });
});

describe.each(Object.entries(DOCUMENTS))("the %s document", (_, document) => {
  const calls = callsOf(document);

  it("has calls with names of their own, in groups", () => {
    expect(calls.length).toBeGreaterThan(3);
    expect(new Set(calls.map(({ operationId }) => operationId)).size).toBe(calls.length);
    expect(grouped(calls).flatMap((group) => group.calls)).toHaveLength(calls.length);
    expect(calls.map(nameOf)).not.toContain("");
  });

  it("can be shown: every field of every call, and how it is called", () => {
    for (const call of calls) {
      for (const part of [call.requestBody, ...Object.values(call.responses ?? {})]) {
        for (const { schema } of Object.values(part?.content ?? {})) {
          if (schema) expect(rowsOf(schema, document).map(({ type }) => type)).not.toContain("");
        }
      }
      expect(curlOf(call, document, "https://example.com")).toContain(`https://example.com${call.path}`);
    }
  });
});

describe("the ecosystem's calls", () => {
  const calls = callsOf(DOCUMENTS.wire);

  it("have their codes apart from their text, and are found by both", () => {
    for (const call of calls) {
      expect(errors(call).length).toBeGreaterThan(0);
      expect(proseOf(call)).not.toContain("|");
    }
    const found = calls.filter((call) => isFound(call, "10013 client"));
    expect(found.map(nameOf)).toContain("client_token");
    expect(calls.filter((call) => isFound(call, "no such word"))).toEqual([]);
  });
});
