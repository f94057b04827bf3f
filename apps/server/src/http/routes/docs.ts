import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { hoistSchemas } from '../openapi.ts';

const info = {
  title: 'Tillcast',
  version: '1',
  description: 'How likely each shopper is to buy, why, and what to do about it.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

/** `/openapi.json`, made of the routes’ schemas, and `/docs`, a page to try them; its assets come with the package, from nowhere else. */
export async function docsRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info,
      servers: [{ url: '/', description: 'This server' }],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ bearer: [] }],
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`) },
    transformObject: (input) =>
      ('openapiObject' in input ? hoistSchemas(input.openapiObject as Record<string, unknown>) : input.swaggerObject) as never,
  });
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, permission: 'public' };
    });
    scope.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
    await scope.register(swaggerUi, { routePrefix: '/docs', uiConfig: { persistAuthorization: false } });
  });
}
