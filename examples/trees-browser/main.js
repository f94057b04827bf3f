// A page without a bundler: the package's own files, a model file, a row, its score and its reasons.
import { encodeRow, openEngine, readForest, waterfallSvg } from './node_modules/@tillcast/trees/dist/index.js';

const find = (id) => document.getElementById(id);
const backends = { wasm: 'WebAssembly with SIMD', typescript: 'plain JavaScript' };

/** Shows a model, given as its bytes; a file that is none leaves the page as it is, with the reason on top. */
function open(bytes, name, values) {
  find('problem').hidden = true;
  try {
    const engine = openEngine(readForest(bytes, { file: name }));
    const { forest } = engine;
    find('about').textContent =
      `${name}: ${forest.treeCount} trees, ${forest.featureCount} features; scored and explained by ${backends[engine.backend]}`;
    find('fields').replaceChildren(
      ...Array.from({ length: forest.featureCount }, (_, feature) => fieldOf(forest, feature, values?.[feature])),
    );
    document.querySelector('main').hidden = false;
    find('row').oninput = () => answer(engine);
    window.onresize = () => answer(engine);
    answer(engine);
  } catch (error) {
    complain(error);
  }
}

function answer(engine) {
  const { forest } = engine;
  try {
    const values = Array.from(find('fields').querySelectorAll('input, select'), readField);
    const row = encodeRow(forest, values);
    const contributions = new Float64Array(forest.featureCount);
    const base = engine.explain(row, contributions);
    const score = engine.score(row);
    const names = forest.featureNames;
    const width = Math.max(320, find('waterfall').clientWidth);
    const about = { base, score: engine.scoreExact(row), names, values, space: forest.space, inline: true, width };
    show(find('waterfall'), waterfallSvg(contributions, about));
    find('answer').replaceChildren(
      element('strong', forest.space === 'log_odds' ? `${(100 / (1 + Math.exp(-score))).toFixed(1)} %` : score.toPrecision(4)),
      element('span', forest.space === 'log_odds' ? 'chance, as the model sees it' : forest.space),
    );
    const lines = [...contributions].map((by, feature) => [names[feature] ?? `feature ${feature}`, by]);
    find('digits').replaceChildren(...[['base value', base], ...lines, ['score', score]].map(digits));
    find('problem').hidden = true;
  } catch (error) {
    complain(error);
  }
}

/** A feature's field: its categories where the file names them, a number otherwise. */
function fieldOf(forest, feature, value) {
  const codes = forest.encoding?.codes[feature];
  const field = document.createElement(codes === undefined ? 'input' : 'select');
  if (codes === undefined) Object.assign(field, { inputMode: 'decimal', placeholder: 'missing' });
  else field.append(...['', ...codes.keys()].map((category) => new Option(category === '' ? 'missing' : category, category)));
  field.value = value ?? '';
  const label = element('label', forest.featureNames[feature] ?? `feature ${feature}`);
  label.append(field);
  return label;
}

/** What a caller of `encodeRow` gives: a number, a category's text, null; text where a number belongs is left to it to refuse. */
function readField(field) {
  const text = field.value.trim();
  if (text === '') return null;
  return field instanceof HTMLSelectElement || Number.isNaN(Number(text)) ? text : Number(text);
}

/** Puts an SVG document's root into the page. */
function show(place, svg) {
  place.replaceChildren(document.importNode(new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement, true));
}

function digits([name, x]) {
  const line = document.createElement('tr');
  line.append(element('th', name), element('td', String(x)));
  return line;
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function complain(error) {
  find('problem').textContent = error.message;
  find('problem').hidden = false;
}

find('row').addEventListener('submit', (event) => event.preventDefault());
find('file').addEventListener('change', async ({ target }) => {
  const [file] = target.files;
  if (file !== undefined) open(new Uint8Array(await file.arrayBuffer()), file.name);
});

const [model, visit] = await Promise.all([fetch('model.json'), fetch('visit.json')]);
if (model.ok) open(new Uint8Array(await model.arrayBuffer()), 'model.json', visit.ok ? (await visit.json()).values : undefined);
else find('about').textContent = 'Open a model file of CatBoost, XGBoost, LightGBM or scikit-learn.';
