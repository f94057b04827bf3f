import { Problem } from '@tillcast/api/problem';
import { SubjectErased, SubjectExport, SubjectParams } from '@tillcast/api/subjects';
import type { FastifyInstance } from 'fastify';

/** Shows and erases what is known of one person. */
export interface Subjects {
  show(id: string): Promise<SubjectExport>;
  erase(id: string): Promise<SubjectErased>;
}

/** `GET` and `DELETE /v1/subjects/{id}`. */
export function subjectRoutes(app: FastifyInstance, { subjects }: { subjects: Subjects }): void {
  app.get<{ Params: SubjectParams }>(
    '/v1/subjects/:id',
    {
      config: { permission: 'subjects:read' },
      schema: {
        operationId: 'exportSubject',
        summary: 'Everything known of one person',
        description:
          'Their events, the predictions about them, their purchases and refunds, the devices linked to them, dead letters and batch jobs that name them, and what the features remember. Reads the whole log.',
        tags: ['subjects'],
        params: SubjectParams,
        response: { 200: SubjectExport, default: Problem },
      },
    },
    async ({ params }) => subjects.show(params.id),
  );
  app.delete<{ Params: SubjectParams }>(
    '/v1/subjects/:id',
    {
      config: { permission: 'subjects:erase' },
      schema: {
        operationId: 'eraseSubject',
        summary: 'Erase one person',
        description:
          'Removes their events, predictions, labels, outcomes, links and dead letters, the rows and scores of batch jobs that name them, and what the features and caches remember of them; what they did up to now is not taken again, from whatever source. Asked again it goes on where it broke off, and otherwise finds nothing.',
        tags: ['subjects'],
        params: SubjectParams,
        response: { 200: SubjectErased, default: Problem },
      },
    },
    async ({ params }) => subjects.erase(params.id),
  );
}
