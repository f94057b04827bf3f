// The import table, checked, and checked to have been checked: every TypeScript source must have been read.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const folders = ['packages', 'apps/server/src', 'apps/console/src'];
const { stdout, stderr } = spawnSync(
  process.execPath,
  ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', ...folders, '--output-type', 'json'],
  { encoding: 'utf8', maxBuffer: 1 << 28 },
);
let report;
try {
  report = JSON.parse(stdout);
} catch {
  process.stderr.write(`dependency-cruiser gave no report: ${stderr}\n`);
  process.exit(1);
}
const read = new Set(report.modules.map((module) => module.source));
const sources = globSync(['packages/*/src/**/*.ts', 'apps/*/src/**/*.{ts,tsx}']).map((file) => file.replaceAll('\\', '/'));
const unread = sources.filter((file) => !read.has(file));
for (const { from, to, rule } of report.summary.violations) process.stderr.write(`${rule.name}: ${from} → ${to}\n`);
for (const file of unread) process.stderr.write(`not read: ${file}\n`);
if (report.summary.violations.length > 0 || unread.length > 0) process.exit(1);
process.stdout.write(`imports: ${read.size} modules, no violation, no circle\n`);
