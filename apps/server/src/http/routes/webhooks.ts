import { Problem } from '@tillcast/api/problem';
import { SegmentDelivery, WebhookAnswer } from '@tillcast/api/webhooks';
import type { FastifyInstance } from 'fastify';
import type { Access } from '../auth/guard.ts';
import { checkSignature } from '../auth/signature.ts';
import { parseBody } from '../parse-json.ts';
import { limitCaller } from '../rate-limit.ts';

/** Takes a delivery in: answers when each call has its fate. */
export type TakeSegment = (body: unknown) => Promise<WebhookAnswer>;

/** Who signs has one limit, whatever is delivered. */
const credential = 'webhook:segment';

export interface WebhookParts {
  readonly takeSegment: TakeSegment;
  readonly webhookSecret?: string | undefined;
  /** Its limiter counts what is signed as well; tokens are counted where they are checked. */
  readonly access: Access;
}

/** `POST /v1/webhooks/segment`: signed by a shared secret, or with a token as elsewhere. */
export function webhookRoutes(app: FastifyInstance, { takeSegment, webhookSecret, access }: WebhookParts): void {
  const limiter = access.kind === 'tokens' ? access.limiter : undefined;
  app.register(async (scope) => {
    // What was signed are the bytes.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post<{ Body: Buffer | undefined }>(
      '/v1/webhooks/segment',
      {
        config: { permission: 'events:write', takesSignature: true },
        schema: {
          operationId: 'takeSegment',
          summary: 'Take calls of Segment or RudderStack in',
          description:
            'One call, an array, or `{batch: […]}`, at most 1,000 calls and 1 MB. Authenticated by `X-Signature` (HMAC-SHA1 of the body in hex, under TILLCAST_WEBHOOK_SECRET), or by a token; each has its rate limit. `identify` and `alias` that name a user and a device link the two. Idempotent by `messageId`. What cannot be understood is kept as a dead letter.',
          tags: ['events'],
          body: SegmentDelivery,
          response: { 200: WebhookAnswer, default: Problem },
        },
        validatorCompiler: () => () => true,
      },
      async ({ body, headers }, reply) => {
        const bytes = body ?? Buffer.alloc(0);
        const signature = headers['x-signature'];
        if (typeof signature === 'string') {
          checkSignature(bytes, signature, webhookSecret);
          if (limiter !== undefined && headers.authorization === undefined) await limitCaller(limiter, credential, reply);
        }
        return takeSegment(parseBody(bytes));
      },
    );
  });
}
