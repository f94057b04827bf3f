import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Limiter } from '@tillcast/core/ports/limiter';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { HttpRefusal } from '../problem.ts';
import { limitCaller } from '../rate-limit.ts';
import { mayDo, type Permission, permissions } from './permissions.ts';
import type { Caller, VerifyToken } from './tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller must be allowed to do. A route without one keeps the app from starting. */
    permission?: Permission;
    /** Whether a request without a token may carry `X-Signature` instead, which the route itself checks before anything else. */
    takesSignature?: boolean;
  }
}

/** How callers are known: by token, each with a limit of its own, or not at all (`open`, on loopback only). */
export type Access =
  | { readonly kind: 'tokens'; readonly verify: VerifyToken; readonly limiter?: Limiter }
  | { readonly kind: 'open' };

const bearer = /^Bearer ([^\s]+)$/i;
const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

const unauthenticated = (detail: string): HttpRefusal =>
  new HttpRefusal('UNAUTHENTICATED', detail, { headers: { 'www-authenticate': 'Bearer realm="tillcast"' } });

async function checkToken(request: FastifyRequest, verify: VerifyToken, permission: Permission): Promise<Caller> {
  const header = request.headers.authorization;
  if (header === undefined)
    throw unauthenticated('send a token: Authorization: Bearer …; `tillcast token --role operator` prints one');
  const token = bearer.exec(header)?.[1];
  if (token === undefined) throw unauthenticated('the Authorization header is not of the form Bearer …');
  const caller = await verify(token).catch((error: unknown) => {
    throw unauthenticated(`the token is not accepted: ${error instanceof Error ? error.message : 'unreadable'}`);
  });
  if (!mayDo(caller.role, permission))
    throw new HttpRefusal('FORBIDDEN', `the role ${caller.role} may not do this: ${permission} is needed`);
  return caller;
}

/** An open server answers only to the names of this machine, so that a page elsewhere cannot reach it by rebinding a name. */
function checkHost(request: FastifyRequest): void {
  const host = request.headers.host;
  if (host !== undefined && !loopbackHost.test(host)) {
    throw new HttpRefusal('FORBIDDEN', 'the open mode answers only to localhost, 127.0.0.1 and [::1]');
  }
}

/** Closes every route by default: a route must say what permission it needs, or the app does not start. */
export function guardRoutes(app: FastifyInstance, access: Access): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    // What @fastify/cors answers to preflights with: it says which origins may call, and nothing else.
    if (route.method === 'OPTIONS' && route.url === '*') route.config = { ...route.config, permission: 'public' };
    routes.push(route);
  });
  app.addHook('onReady', async () => {
    const bare = routes.filter(({ config }) => !permissions.some((permission) => permission === config?.permission));
    if (bare.length > 0) {
      const names = bare.map(({ method, url }) => `${String(method)} ${url}`).join(', ');
      throw new TillcastError('OPTION_INVALID', `these routes do not declare the permission they need: ${names}`);
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    if (access.kind === 'open') return checkHost(request);
    if (request.is404) return;
    const permission = request.routeOptions.config.permission;
    if (permission === undefined) throw new HttpRefusal('FORBIDDEN', 'the route does not declare the permission it needs');
    if (permission === 'public') return;
    const { authorization, 'x-signature': signature } = request.headers;
    if (request.routeOptions.config.takesSignature === true && signature !== undefined && authorization === undefined) return;
    const { subject } = await checkToken(request, access.verify, permission);
    if (access.limiter !== undefined) await limitCaller(access.limiter, subject, reply);
  });
}
