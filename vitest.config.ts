import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['packages/stores/test/postgres/global-setup.ts'],
    // The long run draws some hundred times as many.
    testTimeout: process.env.TILLCAST_LONG ? 3_600_000 : 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
