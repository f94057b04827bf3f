/** An address as 16 bytes; IPv4 as IPv6 writes it (::ffff:a.b.c.d). */
type Address = readonly number[];

/** A range of addresses: all that share the first bits. */
export interface IpRange {
  readonly address: Address;
  /** 0 to 128. */
  readonly bits: number;
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return undefined;
  return [...new Array<number>(10).fill(0), 255, 255, ...parts.map(Number)];
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}

/** IPv6 as RFC 4291 section 2.2 writes it: groups, one run of zeros left out, an IPv4 address at the end. */
function parseIpv6(text: string): Address | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const last = dotted === null ? undefined : parseIpv4(dotted[2]!)?.slice(12);
  if (dotted !== null && last === undefined) return undefined;
  const whole =
    last === undefined
      ? text
      : `${dotted![1]}${((last[0]! << 8) | last[1]!).toString(16)}:${((last[2]! << 8) | last[3]!).toString(16)}`;
  const halves = whole.split('::');
  const [head, tail] = [groupsOf(halves[0]!), groupsOf(halves[1] ?? '')];
  if (halves.length > 2 || head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...new Array<number>(halves.length === 1 ? 0 : missing).fill(0), ...tail].flatMap((group) => [
    group >> 8,
    group & 255,
  ]);
}

/** An IPv4 or IPv6 address as bytes, or undefined. */
export const parseIp = (text: string): Address | undefined => (text.includes(':') ? parseIpv6(text) : parseIpv4(text));

/** A range in CIDR form, such as `10.0.0.0/8` or `2001:db8::/32`, or one address; undefined where it is neither. */
export function parseIpRange(text: string): IpRange | undefined {
  const [ip = '', length, ...rest] = text.split('/');
  const address = parseIp(ip);
  if (address === undefined || rest.length > 0) return undefined;
  const width = ip.includes(':') ? 128 : 32;
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > width)) return undefined;
  return { address, bits: 128 - width + (length === undefined ? width : Number(length)) };
}

/** Whether an address lies in a range. */
export function isInRange(ip: Address, { address, bits }: IpRange): boolean {
  const whole = bits >> 3;
  for (let at = 0; at < whole; at++) if (ip[at] !== address[at]) return false;
  const rest = bits & 7;
  return rest === 0 || ip[whole]! >> (8 - rest) === address[whole]! >> (8 - rest);
}
