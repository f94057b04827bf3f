import { TillcastError } from '@tillcast/core/errors/tillcast-error';
import type { Limiter } from '@tillcast/core/ports/limiter';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { HttpRefusal } from '../problem.ts';
import { limitCaller } from '../rate-limit.ts';
import type { Caller } from './caller.ts';
import { mayDo, type Permission, permissions } from './permissions.ts';
import type { VerifyToken } from './tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller must be allowed to do. A route without one keeps the app from starting. */
    permission?: Permission;
    /** Whether a request without a token may carry `X-Signature` instead, which the route itself checks before anything else. */
    takesSignature?: boolean;
  }
  interface FastifyRequest {
    /** Who asks, for histories: the subject of the token; `open` where nobody is known. */
    callerName: string;
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

function tokenOf({ headers: { authorization: header } }: FastifyRequest): string {
  if (header === undefined)
    throw unauthenticated('send a token: Authorization: Bearer …; `tillcast token --role operator` prints one');
  const token = bearer.exec(header)?.[1];
  if (token === undefined) throw unauthenticated('the Authorization header is not of the form Bearer …');
  return token;
}

const notAccepted = (error: unknown): never => {
  throw unauthenticated(`the token is not accepted: ${error instanceof Error ? error.message : 'unreadable'}`);
};

function checkRole({ role }: Caller, permission: Permission): void {
  if (!mayDo(role, permission)) throw new HttpRefusal('FORBIDDEN', `the role ${role} may not do this: ${permission} is needed`);
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
  app.decorateRequest('callerName', 'open');
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
  const admit = (
    request: FastifyRequest,
    caller: Caller,
    permission: Permission,
    reply: FastifyReply,
    limiter: Limiter | undefined,
  ): void | Promise<void> => {
    request.callerName = caller.subject;
    checkRole(caller, permission);
    return limiter === undefined ? undefined : limitCaller(limiter, caller.subject, reply);
  };

  /** Nothing to wait for where the token is known and the limit is kept here: then there is no promise, which would cost more than both. */
  function letIn(request: FastifyRequest, reply: FastifyReply): void | Promise<void> {
    if (access.kind === 'open') return checkHost(request);
    if (request.is404) return;
    const { permission, takesSignature } = request.routeOptions.config;
    if (permission === undefined) throw new HttpRefusal('FORBIDDEN', 'the route does not declare the permission it needs');
    if (permission === 'public') return;
    const { authorization, 'x-signature': signature } = request.headers;
    if (takesSignature === true && signature !== undefined && authorization === undefined) return;
    const { verify, limiter } = access;
    const caller = verify(tokenOf(request));
    if (!(caller instanceof Promise)) return admit(request, caller, permission, reply, limiter);
    return caller.catch(notAccepted).then((found) => admit(request, found, permission, reply, limiter));
  }

  app.addHook('onRequest', (request, reply, done) => {
    let waiting: void | Promise<void>;
    try {
      waiting = letIn(request, reply);
    } catch (error) {
      done(error as Error);
      return;
    }
    if (waiting === undefined) done();
    else void waiting.then(() => done(), done);
  });
}
