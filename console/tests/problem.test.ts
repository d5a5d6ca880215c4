import { describe, expect, it } from "vitest";
import { asProblem, problemOf } from "@/api/problem";

const answer = (status: number, type: string, body: string) =>
  new Response(body, { status, headers: { "Content-Type": type, "X-Request-Id": "req_1" } });

describe("a refusal", () => {
  it("keeps code, texts, reasons by field, and what else the server says", async () => {
    const body = {
      status: 422,
      code: "validation_failed",
      title: "Not valid",
      detail: "Two fields",
      errors: [{ code: "too_long", detail: "At most 12", at: "body.title" }],
      next_at: "2026-12-01T00:00:00+08:00",
    };
    const problem = await problemOf(answer(422, "application/problem+json", JSON.stringify(body)));
    expect([problem.status, problem.code, problem.requestId]).toEqual([422, "validation_failed", "req_1"]);
    expect(problem.at("title")).toBe("At most 12");
    expect(problem.at("query")).toBeUndefined();
    expect(problem.body.next_at).toBe(body.next_at);
  });

  it("may be a proxy's, which speaks HTML", async () => {
    const problem = await problemOf(answer(502, "text/html", "<h1>Bad gateway</h1>"));
    expect([problem.status, problem.code, problem.body.errors]).toEqual([502, "unexpected_answer", []]);
  });

  it("is told apart from a fault of the page", () => {
    expect(asProblem(new TypeError("x is undefined")).code).toBe("page_failed");
  });
});
