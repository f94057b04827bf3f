import type { Report } from './report.ts';

/** What the project set itself: at least, and to aim for. */
const goals: Readonly<Record<string, readonly [must: number, aim?: number]>> = {
  score_row_vs_python: [300, 350],
  score_row_vs_onnxruntime: [7, 10],
  score_batch_vs_python: [3.5, 5],
  shap_row_vs_python: [25, 40],
  shap_batch_vs_python: [40, 60],
  shap_xgboost_vs_xgboost_quadrature: [4],
  lime_vs_lime: [20],
  lime_cold_vs_lime: [3],
};

const contenders: readonly [contender: string, said: string][] = [
  ['python_usual', 'Python, DataFrame and `predict_proba`, `shap.TreeExplainer`'],
  ['python', "Python, each library's fastest documented call"],
  ['python_by_hand', 'Python, the forest as a loop over `tree_` instead of its `predict_proba`'],
  ['onnxruntime', 'onnxruntime-node'],
  ['treelite', 'treelite, compiled (without CatBoost)'],
  ['xgboost_quadrature', 'XGBoost ≥ 3.4, its model alone'],
  ['lime', '`lime`'],
  ['typescript', '**Tillcast**, trees in TypeScript'],
  ['wasm', '**Tillcast**, trees in WebAssembly'],
  ['core', '**Tillcast**, as served (blend, calibration, checks)'],
];

/** Columns of the table of times, and the tasks that fill them: the first that a contender has. */
const columns: readonly [title: string, tasks: readonly string[]][] = [
  ['score, 1 row', ['score_row', 'score_row.without_catboost']],
  ['score, 1,000 rows, a row', ['score_batch', 'score_batch.without_catboost']],
  ['the same, all cores', ['score_all_cores']],
  ['SHAP, 1 row', ['shap_row', 'shap_row.served', 'shap_row.xgboost']],
  ['SHAP, 8 rows, a row', ['shap_batch', 'shap_batch.xgboost']],
  ['SHAP, 16 rows, all cores, a row', ['shap_all_cores']],
];

const memberColumns: readonly string[] = ['catboost', 'xgboost', 'lightgbm', 'random_forest'];

/** Three digits, never as a power of ten. */
const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

const time = (micros: number | undefined): string =>
  micros === undefined ? '–' : micros < 999.5 ? `${digits(micros)} µs` : `${digits(micros / 1000)} ms`;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
/** Nothing where there are no rows. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0 ? '' : [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** The section of docs/benchmarks.md, and what a person reads without `--json`. */
export function reportText(report: Report): string {
  const { machine, date, rounds, missing, refused } = report;
  const held = machine.heldToCore === undefined ? 'not held to a core' : 'held to one core';
  const about = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node.slice(1)}, ${date}; medians of ${rounds} rounds in turn, one thread, ${held}; load before: ${machine.loadBefore}.`;
  const notes = [
    ...Object.entries(missing).map(([peer, why]) => `${peer}: ${why}.`),
    ...refused.map((refusal) => `**Refused**: ${refusal}.`),
  ];
  return [
    about,
    timesOf(report),
    membersOf(report),
    ratiosOf(report),
    limeOf(report),
    loadingOf(report),
    callsOf(report),
    ...notes,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function timesOf({ medians }: Report): string {
  const cells = (contender: string) =>
    columns.map(([, tasks]) => {
      const task = tasks.find((name) => medians[name]?.[contender] !== undefined);
      return time(task === undefined ? undefined : medians[task]?.[contender]);
    });
  const rows = contenders.map(([contender, said]) => [said, ...cells(contender)]);
  return table(
    ['the whole ensemble', ...columns.map(([title]) => title)],
    rows.filter((of) => of.slice(1).some((cell) => cell !== '–')),
  );
}

function membersOf({ medians, ours }: Report): string {
  const line = (said: string, work: string, contender: string) => [
    said,
    ...memberColumns.map((member) => time(medians[`${work}.${member}`]?.[contender])),
  ];
  return table(
    ['each member alone, 1 row', ...memberColumns],
    [
      line('score, Python', 'score_row', 'python'),
      line(`score, ${ours}`, 'score_row', ours),
      line('SHAP, Python', 'shap_row', 'python'),
      line(`SHAP, ${ours}`, 'shap_row', ours),
    ],
  );
}

function ratiosOf({ ratios, ranges }: Report): string {
  const rows = Object.entries(ratios).flatMap(([name, ratio]) => {
    const range = ranges[name];
    if (ratio === null || range === undefined) return [];
    const [must, aim] = goals[name] ?? [];
    const goal =
      must === undefined
        ? ''
        : `${must}${aim === undefined ? '' : `, aim ${aim}`}: ${ratio < must ? '**missed**' : aim !== undefined && ratio >= aim ? 'aim reached' : 'reached'}`;
    return [[`\`${name}\``, `${digits(ratio)} ×`, `${digits(range[0])} – ${digits(range[1])}`, goal]];
  });
  return table(["ratio (the other's time over ours)", 'of medians', 'within rounds', 'goal'], rows);
}

function limeOf({ medians }: Report): string {
  const figures: [string, number | undefined][] = [
    ['`lime`', medians.lime?.lime],
    ['ours, neighbourhood drawn and scored beforehand', medians.lime?.core],
    ['ours, drawn and scored for the row', medians.lime_cold?.core],
    ['ours as served: five neighbourhoods, for the stability score', medians.lime_served?.core],
  ];
  return table(
    ['LIME, 5,000 samples, one row', 'time'],
    figures.filter(([, micros]) => micros !== undefined).map(([said, micros]) => [said, time(micros)]),
  );
}

function loadingOf({ loading }: Report): string {
  const rows = Object.entries(loading).map(([contender, { loadMs, addedMiB, totalMiB }]) => [
    contenders.find(([name]) => name === contender)?.[1] ?? contender,
    `${loadMs.toFixed(0)} ms`,
    `${addedMiB.toFixed(0)} MiB`,
    `${totalMiB.toFixed(0)} MiB`,
  ]);
  return table(['from files to the first answer', 'time', 'memory added', 'memory of the process'], rows);
}

function callsOf({ about }: Report): string {
  const calls = Object.entries(about.python ?? {});
  const chosen = calls
    .filter(([name]) => name.includes('.') && !name.includes('all_cores'))
    .map(([name, call]) => `${name}: \`${call}\``);
  const versions = [about.python, about.onnxruntime, about.treelite, about.xgboost_quadrature]
    .flatMap((of) => Object.entries(of ?? {}))
    .filter(([, version]) => /^\d/.test(version))
    .map(([name, version]) => `${name} ${version}`);
  return `Versions: ${versions.join(', ')}. Fastest of the calls tried: ${chosen.join('; ')}.`;
}
