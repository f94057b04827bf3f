import { Problem } from '@tillcast/api/problem';
import { SegmentDelivery, WebhookAnswer } from '@tillcast/api/webhooks';
import type { FastifyInstance } from 'fastify';
import { checkSignature } from '../auth/signature.ts';
import { parseBody } from '../json-guard.ts';

/** Takes a delivery in: answers when each call has its fate. */
export type TakeSegment = (body: unknown) => Promise<WebhookAnswer>;

/** `POST /v1/webhooks/segment`: signed by a shared secret, or with a token as elsewhere. */
export function webhookRoutes(
  app: FastifyInstance,
  { takeSegment, webhookSecret }: { takeSegment: TakeSegment; webhookSecret?: string | undefined },
): void {
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
            'One call, an array, or `{batch: […]}`, at most 1,000 calls and 1 MB. Authenticated by `X-Signature` (HMAC-SHA1 of the body in hex, under TILLCAST_WEBHOOK_SECRET), or by a token. Idempotent by `messageId`. What cannot be understood is kept as a dead letter.',
          tags: ['events'],
          body: SegmentDelivery,
          response: { 200: WebhookAnswer, default: Problem },
        },
        validatorCompiler: () => () => true,
      },
      async ({ body, headers }) => {
        const bytes = body ?? Buffer.alloc(0);
        const signature = headers['x-signature'];
        if (typeof signature === 'string') checkSignature(bytes, signature, webhookSecret);
        return takeSegment(parseBody(bytes));
      },
    );
  });
}
