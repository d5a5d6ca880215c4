import { describe, expect, it } from "vitest";
import { getToken } from "@/features/openapi/curl";
import { checked, lines, read } from "@/features/openapi/networks";

describe("an allow list", () => {
  it("is typed a network a line, or with commas, and once each", () => {
    expect(lines(" 10.0.0.1\n\n10.0.0.1, 2001:db8::/32；10.1.0.0/16 ")).toEqual([
      "10.0.0.1",
      "2001:db8::/32",
      "10.1.0.0/16",
    ]);
  });

  it.each(["10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "2001:db8::/32", "::/0", "::ffff:10.0.0.1", "fe80::1:2:3:4/128"])(
    "takes %s",
    (line) => expect(read(line)).not.toBeNull(),
  );

  it.each(["", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "::g", "1::2::3", "2001:db8::1/32", "::/129", "example.com", "fe80::1%eth0"])(
    "does not take %j",
    (line) => expect(read(line)).toBeNull(),
  );

  it("tells what would let nobody in, or everybody", () => {
    expect(checked(["203.0.113.7", "2001:db8::/48"]).warning).toBe("nowhere");
    expect(checked(["127.0.0.1", "203.0.113.0/24"]).warning).toBe("loopback");
    expect(checked(["10.0.0.1", "::/0"]).warning).toBe("everywhere");
    expect(checked(["10.0.0.1", "203.0.113.7"]).warning).toBeNull();
    expect(checked([]).warning).toBeNull();
    expect(checked(["203.0.113.7", "x"])).toEqual({ wrong: ["x"], warning: null });
  });
});

describe("the first call in a terminal", () => {
  it("has no secret in it, and no key breaks out of its quotes", () => {
    const told = getToken("https://example.com", "tt_'$(id)");
    expect(told).toContain("read -rs CLIENT_SECRET");
    expect(told).toContain(`"client_key":"tt_'\\''$(id)"`);
    expect(told).toContain(`"$CLIENT_SECRET"`);
  });
});
