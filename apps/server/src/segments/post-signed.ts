import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AllowedHosts, publicLookup } from './egress.ts';

/** One answer to a POST. */
export interface Posted {
  readonly status: number;
  /** As the answer asks for; undefined where it does not. */
  readonly retryAfterMs: number | undefined;
}

/** One request, signed. */
export interface SignedPost {
  readonly url: URL;
  readonly body: string;
  /** Stays the same when it is sent again, so that the receiver can tell. */
  readonly delivery: string;
  /** Epoch seconds. */
  readonly timestamp: number;
  readonly secret: string;
  readonly allowed: AllowedHosts;
}

const timeoutMs = 10_000;
const mostRetryAfterMs = 300_000;

/** `v1=` and the HMAC-SHA256 of `<timestamp>.<body>` in hexadecimal digits. */
export const signatureOf = (secret: string, timestamp: number, body: string): string =>
  `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;

function retryAfter(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header === undefined || !(seconds >= 0) ? undefined : Math.min(mostRetryAfterMs, seconds * 1_000);
}

/** Sends it once. Redirects are answers like any other: nobody is followed. Rejects where there is no answer within 10 s. */
export function postSigned({ url, body, delivery, timestamp, secret, allowed }: SignedPost): Promise<Posted> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'tillcast',
      'tillcast-delivery': delivery,
      'tillcast-timestamp': String(timestamp),
      'tillcast-signature': signatureOf(secret, timestamp, body),
    };
    const request = send(url, { method: 'POST', headers, lookup: publicLookup(url, allowed), agent: false, timeout: timeoutMs });
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)));
    request.on('error', reject);
    request.on('response', (response) => {
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, retryAfterMs: retryAfter(response.headers['retry-after']) }),
      );
      // What is said is of no use, and may be without end.
      response.resume();
      setTimeout(() => response.destroy(), timeoutMs).unref();
    });
    request.end(body);
  });
}
