import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDestination, isPublic, parseAllowedHosts, publicLookup } from '../../src/segments/egress.ts';
import { postSigned } from '../../src/segments/post-signed.ts';

const nobody = parseAllowedHosts(undefined);
let canary: Server;
let hits = 0;
let port = 0;
beforeAll(async () => {
  canary = createServer((_, response) => {
    hits++;
    response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  port = (canary.address() as AddressInfo).port;
});
afterAll(() => void canary.close());

/** Ways of writing loopback, private and metadata addresses, and what else is no destination. */
const hostile = [
  ...['127.0.0.1', '127.1', '127.0.1', '0', '0.0.0.0', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '127.0.0.1.'],
  ...['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.254', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
  ...['192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.7', '203.0.113.7', '224.0.0.1', '239.1.1.1', '240.0.0.1'],
  ...['255.255.255.255', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '1.0.0.127.0x7f000001'.slice(8)],
  ...['[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[fe80::1]', '[fc00::1]', '[fd12:3456::1]'],
  ...[
    '[ff02::1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::1]',
    '[2002:7f00:1::]',
    '[2001::1]',
    '[2001:db8::1]',
    '[100::1]',
    '[3fff::1]',
  ],
].map((host) => `https://${host}/hook`);
const notUrls = [
  ...['', ' ', 'crm.example', '//crm.example/x', 'http://crm.example/x', 'ftp://crm.example/x', 'file:///etc/passwd'],
  ...['javascript:alert(1)', 'data:text/plain,x', 'gopher://crm.example', 'https://user:secret@crm.example/', 'https://'],
  ...['https://[::1', 'unix:/var/run/docker.sock', 'https://crm example/'],
];

describe('a destination', () => {
  it.each([...hostile, ...notUrls])('%s is refused', (text) => {
    expect(() => checkDestination(text, nobody)).toThrow('destination');
  });

  it.each(['https://crm.example/hook', 'https://crm.example:8443/a?b=c', 'https://93.184.216.34/', 'https://[2606:4700::1111]/'])(
    '%s is taken',
    (text) => expect(checkDestination(text, nobody).href).toContain('https://'),
  );

  it('that is internal is taken when the server allows it by host and port, and only then', () => {
    const allowed = parseAllowedHosts('127.0.0.1:9000, [::1]:9001');
    expect(checkDestination('http://127.0.0.1:9000/x', allowed).port).toBe('9000');
    expect(checkDestination('https://[::1]:9001/x', allowed).port).toBe('9001');
    expect(() => checkDestination('http://127.0.0.1:9002/x', allowed)).toThrow('https://');
    expect(() => checkDestination('ftp://127.0.0.1:9000/x', allowed)).toThrow('https://');
    expect(() => parseAllowedHosts('http://127.0.0.1:9000')).toThrow('must be host:port');
  });

  it('no address of a private range is public, however it is written', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.constantFrom('10', '127', '192.168', '169.254', '172.20'), fc.tuple(byte, byte, byte), (net, rest) => {
        const address = [...net.split('.'), ...rest].slice(0, 4).join('.');
        expect(isPublic(address)).toBe(false);
        expect(isPublic(`::ffff:${address}`)).toBe(false);
      }),
    );
  });
});

/** A resolver that says what it is told. */
const resolver = (...addresses: string[]) =>
  ((_: string, __: unknown, done: (error: null, found: { address: string; family: number }[]) => void) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as unknown as Parameters<typeof publicLookup>[2];

const looked = (...addresses: string[]) =>
  new Promise<unknown>((resolve) => {
    const look = publicLookup(new URL('https://crm.example'), nobody, resolver(...addresses));
    look('crm.example', { all: true }, (error, found) => resolve(error === null ? found : error.message));
  });

describe('where a name leads', () => {
  it('is looked at when the connection is made: an internal address is not connected to', async () => {
    expect(await looked('127.0.0.1', '::1', '10.0.0.7')).toMatch(/crm\.example is an internal address: 127\.0\.0\.1/);
    expect(await looked('127.0.0.1', '93.184.216.34')).toEqual([{ address: '93.184.216.34', family: 4 }]);
  });

  const post = (url: string, allowed = nobody) =>
    postSigned({ url: new URL(url), body: '{}', delivery: 'd', timestamp: 1, secret: 'sixteen-characters', allowed });

  it('a name that means this machine reaches nobody', async () => {
    const before = hits;
    await expect(post(`http://localhost:${port}/`)).rejects.toThrow('internal address');
    expect(hits).toBe(before);
  });

  it('the canary is alive: an allowed host is reached, and where it sends us to is not', async () => {
    const before = hits;
    const answer = await post(`http://localhost:${port}/`, parseAllowedHosts(`localhost:${port}`));
    expect(answer.status).toBe(302);
    expect(hits).toBe(before + 1);
  });
});
