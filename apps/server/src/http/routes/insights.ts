import { InsightRulesAnswer, InsightSimulation, InsightSimulationRequest } from '@tillcast/api/insight-rules';
import { Problem } from '@tillcast/api/problem';
import type { FastifyInstance } from 'fastify';

/** What is asked of the insight rules. */
export interface InsightDesk {
  /** The rules answers are spoken with now. */
  list(): InsightRulesAnswer;
  /** What rules would have said; changes nothing. Raises INPUT_INVALID, and STORE_UNAVAILABLE while another is under way. */
  simulate(request: InsightSimulationRequest): Promise<InsightSimulation>;
}

/** `GET /v1/insights/rules` and `POST /v1/insights/rules/simulate`. */
export function insightRoutes(app: FastifyInstance, { insights }: { insights: InsightDesk }): void {
  app.get(
    '/v1/insights/rules',
    {
      config: { permission: 'insights:read' },
      schema: {
        operationId: 'listInsightRules',
        summary: 'The rules that answers are spoken with',
        tags: ['insights'],
        response: { 200: InsightRulesAnswer, default: Problem },
      },
    },
    async () => insights.list(),
  );
  app.post<{ Body: InsightSimulationRequest }>(
    '/v1/insights/rules/simulate',
    {
      config: { permission: 'insights:simulate' },
      schema: {
        operationId: 'simulateInsightRules',
        summary: 'What rules would have said of the answers given',
        description:
          'Asks rules of logged predictions, groups and caps included, and changes nothing. At most 100,000 predictions, one simulation at a time; `tillcast insights simulate` has no bound.',
        tags: ['insights'],
        body: InsightSimulationRequest,
        response: { 200: InsightSimulation, default: Problem },
      },
    },
    async ({ body }) => insights.simulate(body),
  );
}
