import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** The web console at `/`, where it was built; a sentence about what is here otherwise. Nothing private lies under it. */
export async function consoleRoutes(app: FastifyInstance, { folder }: { folder: string | undefined }): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, permission: 'public' };
    });
    if (folder !== undefined && existsSync(join(folder, 'index.html'))) {
      await scope.register(fastifyStatic, { root: folder, index: 'index.html', wildcard: false, dotfiles: 'deny' });
    } else {
      scope.get('/', { schema: { hide: true } }, async (_request, reply) =>
        reply
          .type('text/plain; charset=utf-8')
          .send(
            'Tillcast answers under /v1; /docs explains and tries it. The web console is not built: npm run build -w @tillcast/console\n',
          ),
      );
    }
  });
}
