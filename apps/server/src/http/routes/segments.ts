import type { Readable } from 'node:stream';
import { Problem } from '@tillcast/api/problem';
import {
  SegmentDeliveries,
  SegmentDetail,
  SegmentExportQuery,
  SegmentExportRequest,
  SegmentsAnswer,
} from '@tillcast/api/segments';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';

/** An export on its way to the caller; it is removed when it was sent. */
export interface SegmentExport {
  readonly stream: Readable;
  readonly size: number;
  readonly type: string;
  readonly name: string;
}

/** What is asked of segments. Ids that are not there raise SEGMENT_NOT_FOUND; before the first stock, STORE_UNAVAILABLE. */
export interface SegmentDesk {
  list(): SegmentsAnswer;
  detail(id: string): SegmentDetail;
  export(id: string, format: 'csv' | 'parquet'): Promise<SegmentExport>;
  /** Sends the members, and answers what became of it. */
  deliver(id: string, url: string): Promise<SegmentDeliveries>;
  deliveries(): SegmentDeliveries;
}

const Params = Type.Object({ id: Type.String({ description: 'The segment.', minLength: 1, maxLength: 64 }) });
type Params = { readonly id: string };
const tags = ['segments'];

function readingRoutes(app: FastifyInstance, segments: SegmentDesk): void {
  app.get(
    '/v1/segments',
    {
      config: { permission: 'segments:read' },
      schema: {
        ...{ operationId: 'listSegments', summary: 'Segments with sizes, expected buyers and how chances came true', tags },
        response: { 200: SegmentsAnswer, default: Problem },
      },
    },
    async () => segments.list(),
  );
  app.get<{ Params: Params }>(
    '/v1/segments/:id',
    {
      config: { permission: 'segments:read' },
      schema: {
        ...{ operationId: 'getSegment', summary: 'One segment over time, and what it shares with others', tags },
        params: Params,
        response: { 200: SegmentDetail, default: Problem },
      },
    },
    async ({ params }) => segments.detail(params.id),
  );
  app.get(
    '/v1/segment-deliveries',
    {
      config: { permission: 'segments:read' },
      schema: {
        ...{ operationId: 'listSegmentDeliveries', summary: 'What became of deliveries, newest first', tags },
        response: { 200: SegmentDeliveries, default: Problem },
      },
    },
    async () => segments.deliveries(),
  );
}

/** `/v1/segments[/{id}[/export]]` and `/v1/segment-deliveries`. */
export function segmentRoutes(app: FastifyInstance, { segments }: { segments: SegmentDesk }): void {
  readingRoutes(app, segments);
  app.get<{ Params: Params; Querystring: SegmentExportQuery }>(
    '/v1/segments/:id/export',
    {
      config: { permission: 'segments:export' },
      schema: {
        ...{ operationId: 'exportSegment', summary: 'The members of a segment, as of the last stock', tags },
        description:
          'Who refused consent is left out. In CSV, texts that a spreadsheet would take for formulas get an apostrophe.',
        params: Params,
        querystring: SegmentExportQuery,
        response: { default: Problem },
      },
    },
    async ({ params, query }, reply) => {
      const { stream, size, type, name } = await segments.export(params.id, query.format ?? 'csv');
      return reply
        .type(type)
        .header('content-length', size)
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(stream);
    },
  );
  app.post<{ Params: Params; Body: SegmentExportRequest }>(
    '/v1/segments/:id/export',
    {
      config: { permission: 'segments:export' },
      schema: {
        ...{ operationId: 'deliverSegment', summary: 'Send the members of a segment to a webhook', tags },
        description:
          'In parts of 1,000, signed: `Tillcast-Signature` is `v1=` and the HMAC-SHA256 of `<Tillcast-Timestamp>.<body>`. Sent to the public internet alone, unless the server allows a host. This answers after the first try of the first part fails or all parts were sent.',
        params: Params,
        body: SegmentExportRequest,
        response: { 200: SegmentDeliveries, default: Problem },
      },
    },
    async ({ params, body }) => segments.deliver(params.id, body.url),
  );
}
