/** The import table of the house (ARCHITECTURE.md). `npm run check` asserts that modules were really read. */
const may = (name, from, to) => ({ name, severity: 'error', from: { path: from }, to: { path: to } });
module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan-resolution', severity: 'error', from: {}, to: { couldNotResolve: true } },
    may('trees-is-alone', '^packages/trees/src', '^(packages/(?!trees)|apps/|node_modules/)'),
    may('core-knows-trees-only', '^packages/core/src', '^(packages/(?!core|trees)|apps/|node_modules/)'),
    may('stores-know-core-only', '^packages/stores/src', '^(packages/(?!core|stores)|apps/)'),
    may('api-knows-no-one', '^packages/api/src', '^(packages/(?!api)|apps/)'),
    may('console-knows-api-only', '^apps/console/src', '^(packages/(?!api)|apps/(?!console))'),
    {
      name: 'only-compose-knows-the-stores',
      severity: 'error',
      from: { path: '^apps/server/src', pathNot: '^apps/server/src/compose\\.ts$' },
      to: { path: '^packages/stores' },
    },
    {
      name: 'pure-packages-know-no-machine',
      severity: 'error',
      from: { path: '^packages/(trees|core|api)/src' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(test|dist)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
