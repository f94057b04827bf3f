import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { TillcastError } from '@tillcast/core/errors/tillcast-error';

/** Addresses that are not of the public internet (IANA special-purpose registries): what stands beside us must not be reached through us. */
const internal = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  internal.addSubnet(net, bits, 'ipv4');

/** Only global unicast leaves, and of it neither documentation nor what carries an IPv4 address inside (6to4, Teredo). */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  internal.addSubnet(net, bits, 'ipv6');

/** Whether an IP address belongs to the public internet. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !internal.check(address, 'ipv4');
  // An IPv4 address written as IPv6 (::ffff:10.0.0.1) lies outside 2000::/3.
  return family === 6 && globalUnicast.check(address, 'ipv6') && !internal.check(address, 'ipv6');
}

/** Hosts that are allowed though they are internal, as `host:port`. */
export type AllowedHosts = ReadonlySet<string>;

const refuse = (url: string, what: string): never => {
  throw new TillcastError('INPUT_INVALID', `destination ${JSON.stringify(url.slice(0, 200))}: ${what}`);
};

const hostOf = ({ hostname, port, protocol }: URL): string => `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;

/** Checks a destination as far as its text says: https, no password, no internal address. INPUT_INVALID says what is wrong. Where it leads is checked at connect. */
export function checkDestination(text: string, allowed: AllowedHosts): URL {
  if (!URL.canParse(text)) return refuse(text, 'is no URL; write one such as https://crm.example/segments');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') refuse(text, 'carries a password; requests are signed instead');
  if (allowed.has(hostOf(url)) && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  if (url.protocol !== 'https:') refuse(text, `must begin with https://, unless TILLCAST_SEGMENT_HOSTS allows ${hostOf(url)}`);
  const bare = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0 && !isPublic(bare))
    refuse(text, `is an internal address; TILLCAST_SEGMENT_HOSTS can allow ${hostOf(url)}`);
  return url;
}

/** A look-up that answers public addresses only, for the very connection that is then made: a name cannot mean one host when checked and another when used. */
export function publicLookup(url: URL, allowed: AllowedHosts, resolve: typeof lookup = lookup): LookupFunction {
  if (allowed.has(hostOf(url))) return resolve as LookupFunction;
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
      if (error !== null) return done(error, '', 0);
      const good = found.filter(({ address }) => isPublic(address));
      if (good.length === 0)
        return done(new Error(`${hostname} is an internal address: ${found.map(({ address }) => address).join(', ')}`), '', 0);
      if (options.all === true) done(null, good);
      else done(null, good[0]!.address, good[0]!.family);
    });
  };
}

/** The hosts of `TILLCAST_SEGMENT_HOSTS`: `host:port`, separated by commas. */
export function parseAllowedHosts(text: string | undefined): AllowedHosts {
  const hosts = (text ?? '')
    .split(',')
    .map((host) => host.trim())
    .filter((host) => host !== '');
  const wrong = hosts.find((host) => !/^[^\s/:@]+:\d{1,5}$|^\[[0-9a-fA-F:.]+\]:\d{1,5}$/.test(host));
  if (wrong !== undefined)
    throw new TillcastError('OPTION_INVALID', `TILLCAST_SEGMENT_HOSTS: ${wrong} must be host:port, such as crm.internal:8443`);
  return new Set(hosts);
}
