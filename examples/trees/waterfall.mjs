import { readFile, writeFile } from 'node:fs/promises';
import { encodeRow, openEngine, readForest, waterfallSvg, waterfallText } from '@tillcast/trees';

const forest = readForest(await readFile('model.json'), { file: 'model.json' });
const visit = [2, 17.5, 9, 'shoes', 79.9, null, 'newsletter', 20, 1]; // numbers, text, null for missing
const contributions = new Float64Array(forest.featureCount);
const base = openEngine(forest).explain(encodeRow(forest, visit), contributions);

const about = { base, names: forest.featureNames, values: visit, space: forest.space };
console.log(waterfallText(contributions, about));
await writeFile('waterfall.svg', waterfallSvg(contributions, { ...about, title: 'Will this visit end in a purchase?' }));
