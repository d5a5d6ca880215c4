/** Allow lists as they are typed: addresses and networks, IPv4 and IPv6, one a line. */

interface Network {
  version: 4 | 6;
  base: bigint;
  prefix: number;
}

/** How many networks a list may hold. */
export const MOST = 100;

/** From these no call can come: not assigned, for documents, or addressed to many at once. */
const NOWHERE = [
  "0.0.0.0/8",
  "192.0.2.0/24",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "2001:db8::/32",
  "ff00::/8",
];
const LOOPBACK = ["127.0.0.0/8", "::1/128"];

const bits = (version: 4 | 6) => (version === 4 ? 32 : 128);

function v4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return null;
  }
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function v6(text: string): bigint | null {
  if (!/^[0-9a-fA-F:.]+$/.test(text)) return null;
  let written: string;
  try {
    written = new URL(`http://[${text}]`).hostname.slice(1, -1);
  } catch {
    return null;
  }
  const [head = "", tail] = written.split("::");
  const groups = (part: string) => (part ? part.split(":") : []);
  const after = tail === undefined ? [] : groups(tail);
  const before = groups(head);
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** What a line means; null where it is no network, or has bits beside its mask. */
export function read(line: string): Network | null {
  const [address = "", mask, ...rest] = line.split("/");
  if (rest.length > 0 || (mask !== undefined && !/^\d{1,3}$/.test(mask))) return null;
  const version = address.includes(":") ? 6 : 4;
  const base = version === 4 ? v4(address) : v6(address);
  const prefix = mask === undefined ? bits(version) : Number(mask);
  if (base === null || prefix > bits(version)) return null;
  const host = (1n << BigInt(bits(version) - prefix)) - 1n;
  return base & host ? null : { version, base, prefix };
}

function isWithin(inner: Network, outers: string[]): boolean {
  return outers.some((text) => {
    const outer = read(text);
    if (outer?.version !== inner.version || inner.prefix < outer.prefix) return false;
    const shift = BigInt(bits(inner.version) - outer.prefix);
    return inner.base >> shift === outer.base >> shift;
  });
}

/** The lines of a list that is being typed, without empty ones and repetitions. */
export function lines(text: string): string[] {
  const found = text.split(/[\s,，;；]+/).filter((line) => line !== "");
  return [...new Set(found)];
}

export type Warning = "nowhere" | "loopback" | "everywhere";

/** What is wrong with a list, and what it would do that nobody may have meant. */
export function checked(listed: string[]): { wrong: string[]; warning: Warning | null } {
  const networks = listed.map(read);
  const wrong = listed.filter((_, index) => networks[index] === null);
  const known = networks.filter((each) => each !== null);
  if (wrong.length > 0 || known.length === 0) return { wrong, warning: null };
  if (known.every((each) => isWithin(each, NOWHERE))) return { wrong, warning: "nowhere" };
  if (known.every((each) => isWithin(each, [...NOWHERE, ...LOOPBACK]))) return { wrong, warning: "loopback" };
  return { wrong, warning: known.some((each) => each.prefix === 0) ? "everywhere" : null };
}
