import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Packed, packFolder, stageTrees } from '../../packages/trees/pack.ts';
import { openStranger, type Stranger } from './stranger.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Says nothing where scores and contributions are the library's, within the tolerances of its case. */
const CONSUMER = `
import { readdirSync, readFileSync } from 'node:fs';
import { encodeRow, openEngine, readForest } from '@tillcast/trees';
const [, , ...wanted] = process.argv;
for (const name of wanted.length > 0 ? wanted : readdirSync('models')) {
  const file = readdirSync('models/' + name).find((candidate) => candidate.startsWith('model.'));
  const expected = JSON.parse(readFileSync('models/' + name + '/expected.json', 'utf8'));
  const forest = readForest(readFileSync('models/' + name + '/' + file), { baseMargin: expected.base_margin, file });
  for (const backend of ['wasm', 'typescript']) {
    const engine = openEngine(forest, { backend });
    if (engine.backend !== backend) throw new Error(name + ' is answered by ' + engine.backend);
    const out = new Float64Array(forest.featureCount);
    let explained = 0;
    for (const [index, values] of expected.rows.entries()) {
      const row = encodeRow(forest, values.map((value) => (/^-?Infinity$/.test(value) ? Number(value) : value)));
      const wrong = Math.abs(engine.score(row) - expected.raw[index]);
      if (!(wrong <= expected.tolerance.raw)) throw new Error(name + ' row ' + index + ' is off by ' + wrong);
      const shap = expected.shap?.[index];
      if (!shap) continue;
      const base = engine.explain(row, out);
      explained++;
      for (const [place, value] of shap.entries())
        if (!(Math.abs((out[place] ?? base) - value) <= expected.tolerance.shap)) throw new Error(name + ' SHAP of row ' + index);
    }
    console.log(name, backend, expected.rows.length, explained);
  }
}
`;

/** Uses every export as its types say; what they forbid is marked, so types that are \`any\` fail as well. */
const TYPED_CONSUMER = `
import { encodeRow, ModelFileError, openEngine, openInteractionExplainer, openInterventionalExplainer, readForest, RowError, rowWidth, waterfallOf, waterfallSvg, waterfallText, type Backend, type EncodeRowOptions, type Engine, type EngineOptions, type Forest, type ForestKind, type InteractionExplainer, type Lanes, type ModelFilePlace, type ReadForestOptions, type TreeExplainer, type Waterfall, type WaterfallOptions, type WaterfallStep, type WaterfallSvgOptions, type WaterfallTextOptions } from '@tillcast/trees';
const reading: ReadForestOptions = { file: 'model.json' };
const forest: Forest = readForest(new Uint8Array(), reading);
const kind: ForestKind = forest.kind;
const options: EngineOptions = { backend: 'wasm' satisfies Backend, lanes: 'float64' satisfies Lanes };
const engine: Engine = openEngine(forest, options);
const encoding: EncodeRowOptions = { infinite: 'refuse' };
const row: Float64Array = encodeRow(forest, [1, 'shoes', null], encoding);
const out = new Float64Array(rowWidth(forest));
const base: number = engine.explain(row, out);
const about: WaterfallOptions = { base, names: forest.featureNames, values: [1, 'shoes', null], space: forest.space };
const picture: WaterfallSvgOptions = { ...about, title: kind, inline: true };
const lines: WaterfallTextOptions = { ...about, columns: 60 };
const waterfall: Waterfall = waterfallOf(out, about);
const step: WaterfallStep | undefined = waterfall.steps[0];
const texts: string[] = [waterfallSvg(out, picture), waterfallText(out, lines), String(step?.by)];
const pairs: InteractionExplainer = openInteractionExplainer(forest);
const against: TreeExplainer = openInterventionalExplainer(forest, row, 1);
const place: ModelFilePlace = { tree: 1 };
const errors: Error[] = [new ModelFileError('x', place), new RowError('y')];
// @ts-expect-error a model is text or bytes
readForest(42);
// @ts-expect-error there is no such backend
openEngine(forest, { backend: 'gpu' });
// @ts-expect-error a waterfall begins somewhere
waterfallSvg(out, {});
export { texts, pairs, against, errors };
`;

const compilerOptions = (module: string, moduleResolution: string): string =>
  JSON.stringify({
    compilerOptions: {
      ...{ target: 'es2022', lib: ['es2022'], module, moduleResolution, types: [], noEmit: true, strict: true },
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false },
    },
    files: ['typed.ts'],
  });

const models = [
  'catboost-ctr-combinations',
  'lightgbm-categories-text',
  'sklearn-forest-default',
  'xgboost-categories-partition',
  'xgboost-ubj',
];

const olderNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  const major = Number(/^v(\d+)/.exec(stdout ?? '')?.[1]);
  return major >= 20 && major < 24;
});
if (olderNode === undefined) console.warn('skipped: the package on an older Node (none from 20 to 23 on this machine)');

const scratch = mkdtempSync(join(tmpdir(), 'tillcast-publish-'));
const staged = join(scratch, 'staged');
let packed: Packed;

function openConsumer(name: string): Stranger {
  const stranger = openStranger(join(scratch, name), {
    'consumer.mjs': CONSUMER,
    'typed.ts': TYPED_CONSUMER,
    'nodenext.json': compilerOptions('nodenext', 'nodenext'),
    'bundler.json': compilerOptions('esnext', 'bundler'),
  });
  for (const model of models)
    cpSync(join(root, 'fixtures/models', model), join(stranger.folder, 'models', model), { recursive: true });
  return stranger;
}

/** Packs the staged folder with a fault planted in it. */
function packWith(name: string, plant: (folder: string) => void): string {
  const folder = join(scratch, name);
  cpSync(staged, folder, { recursive: true });
  plant(folder);
  return packFolder(folder, join(scratch, `${name}-packed`)).tarball;
}

function changeManifest(folder: string, change: object): void {
  const path = join(folder, 'package.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
}

const lint = async (tarball: string): Promise<string[]> => {
  const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer }, strict: true });
  return messages.map(({ type, code }) => `${type} ${code}`);
};

beforeAll(() => {
  stageTrees(staged);
  packed = packFolder(staged, scratch);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the package as it is published', () => {
  it('holds built code with its types, words and licence, and nothing of the house', () => {
    expect(packed.files).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']),
    );
    expect(packed.files.filter((file) => !/^(?:dist\/.+\.(?:d\.ts|js)|package\.json|README\.md|LICENSE)$/.test(file))).toEqual(
      [],
    );
    expect(packed.bytes).toBeLessThan(250_000);
    const manifest = JSON.parse(readFileSync(join(staged, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: '@tillcast/trees', license: 'Apache-2.0', type: 'module', sideEffects: false });
    expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(['private']));
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'scripts'])
      expect(manifest).not.toHaveProperty(kind);
  });

  it('passes publint without an error, a warning or a suggestion', async () => {
    expect(await lint(packed.tarball)).toEqual([]);
  });

  it('would be caught by publint with a wrong export', async () => {
    const wrong = packWith('wrong-export', (folder) => changeManifest(folder, { exports: { '.': './dist/main.js' } }));
    expect(await lint(wrong)).toContain('error FILE_DOES_NOT_EXIST');
  });
});

describe('a stranger', () => {
  let stranger: Stranger;
  beforeAll(async () => {
    stranger = openConsumer('stranger');
    expect(await stranger.install(packed.tarball)).toMatchObject({ status: 0 });
  });

  it('reads, scores and explains as the libraries do, with either backend', async () => {
    const { status, output } = await stranger.run(process.execPath, ['consumer.mjs']);
    expect({ status, output }).toMatchObject({ status: 0 });
    const lines = output
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    expect(lines.map(([name]) => name)).toEqual(models.flatMap((name) => [name, name]));
    for (const [, , rows] of lines) expect(Number(rows)).toBeGreaterThan(20);
    expect(lines.reduce((sum, [, , , explained]) => sum + Number(explained), 0)).toBeGreaterThan(100);
  });

  it.skipIf(olderNode === undefined)('does so on an older Node that the manifest admits', async () => {
    const { status, output } = await stranger.run(olderNode!, ['consumer.mjs', 'xgboost-ubj']);
    expect({ status, output }).toMatchObject({ status: 0 });
  });

  it('compiles against its types, strictly, as Node resolves them and as bundlers do', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const compile = (project: string) => stranger.run(process.execPath, [tsc, '-p', project]);
    const ended = await Promise.all([compile('nodenext.json'), compile('bundler.json')]);
    expect(ended).toEqual([
      { status: 0, output: '' },
      { status: 0, output: '' },
    ]);
  });

  it('would notice a file that was not packed, in code and in types', async () => {
    const other = openConsumer('robbed');
    const robbed = packWith('missing-file', (folder) => {
      for (const file of ['dist/errors.js', 'dist/forest.d.ts']) rmSync(join(folder, file));
    });
    expect(await other.install(robbed)).toMatchObject({ status: 0 });
    const { status, output } = await other.run(process.execPath, ['consumer.mjs']);
    expect(status).not.toBe(0);
    expect(output).toMatch('ERR_MODULE_NOT_FOUND');
    const typed = await other.run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'nodenext.json']);
    expect(typed.status).not.toBe(0);
  });

  it('runs the readme’s ten lines, which draw the readme’s picture', async () => {
    const code = read('examples/trees/waterfall.mjs');
    expect(read('packages/trees/README.md')).toContain(`\`\`\`js\n${code}\`\`\``);
    expect(
      code
        .trim()
        .split('\n')
        .filter((line) => line !== '').length,
    ).toBeLessThanOrEqual(10);
    writeFileSync(join(stranger.folder, 'waterfall.mjs'), code);
    cpSync(join(root, 'examples/trees/generated/model.json'), join(stranger.folder, 'model.json'));
    const { status, output } = await stranger.run(process.execPath, ['waterfall.mjs']);
    expect(status).toBe(0);
    expect(read('packages/trees/README.md')).toContain(`\`\`\`text\n${output}\`\`\``);
    expect(readFileSync(join(stranger.folder, 'waterfall.svg'), 'utf8')).toBe(read('docs/images/waterfall.svg'));
  });

  it('gets of the readme’s visit what CatBoost itself says', async () => {
    const { values, raw, shap } = JSON.parse(read('examples/trees/generated/visit.json'));
    expect(read('examples/trees/waterfall.mjs')).toContain(
      `[${values.map((value: unknown) => (typeof value === 'string' ? `'${value}'` : (value ?? 'null'))).join(', ')}]`,
    );
    const { encodeRow, openEngine, readForest } = await import('@tillcast/trees');
    const engine = openEngine(readForest(read('examples/trees/generated/model.json')));
    const row = encodeRow(engine.forest, values);
    const out = new Float64Array(engine.forest.featureCount);
    expect(engine.score(row)).toBeCloseTo(raw, 9);
    const base = engine.explain(row, out);
    for (const [place, value] of shap.entries()) expect(out[place] ?? base).toBeCloseTo(value, 6);
  });
});
