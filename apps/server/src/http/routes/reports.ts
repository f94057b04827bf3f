import { Problem } from '@tillcast/api/problem';
import { PerformanceAnswer, PerformanceQuery, RoiAnswer, RoiQuery } from '@tillcast/api/reports';
import type { FastifyInstance } from 'fastify';
import { roiCsv, rowsOfRoi } from '../../money/roi-csv.ts';

/** What the routes of reports call. */
export interface Reports {
  performance(query: PerformanceQuery): Promise<PerformanceAnswer>;
  roi(query: RoiQuery): Promise<RoiAnswer>;
}

const tags = ['reports'];

/** `/v1/reports/…` */
export function reportRoutes(app: FastifyInstance, { reports }: { reports: Reports }): void {
  app.get<{ Querystring: PerformanceQuery }>(
    '/v1/reports/performance',
    {
      config: { permission: 'reports:read' },
      schema: {
        operationId: 'getPerformanceReport',
        summary: 'How good the served predictions were, overall and by slice, and what ranking by them is worth',
        ...{ tags, querystring: PerformanceQuery, response: { 200: PerformanceAnswer, default: Problem } },
      },
    },
    async ({ query }) => reports.performance(query),
  );
  app.get<{ Querystring: RoiQuery }>(
    '/v1/reports/roi',
    {
      config: { permission: 'reports:read' },
      schema: {
        operationId: 'getRoiReport',
        summary: 'What treating shoppers earned beyond what they would have brought anyway, less what it cost',
        description:
          'By comparison with units that lots kept out (holdouts) or gave no treatment (controls). Where that says nothing yet, the answer says so, and what is missing.',
        ...{ tags, querystring: RoiQuery, response: { 200: RoiAnswer, default: Problem } },
      },
    },
    async ({ query }, reply) => {
      const answer = await reports.roi(query);
      if (query.format !== 'csv') return answer;
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="roi.csv"')
        .send(roiCsv(rowsOfRoi(answer)));
    },
  );
}
