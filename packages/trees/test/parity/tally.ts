import type { Backend } from './backends.ts';
import type { ParityCase } from './case-folder.ts';
import type { Figures } from './compare.ts';
import { tellFigures } from './compare.ts';

/** Adds up what each backend's figures were over the cases of a family: rows summed, distances the worst. */
export function openTally() {
  const sums = new Map<string, Figures>();
  return {
    add({ family }: ParityCase, { name }: Backend, figures: Figures): void {
      const key = `${family}, ${name}`;
      const before = sums.get(key);
      sums.set(key, before === undefined ? figures : join(before, figures));
    },
    /** One line a family and backend. */
    tell: (): string => [...sums].map(([key, figures]) => `${key}: ${tellFigures(figures)}\n`).join(''),
  };
}

function join(one: Figures, other: Figures): Figures {
  const both = (key: 'raw' | 'shap' | 'exact' | 'sum') => ({
    rows: one[key].rows + other[key].rows,
    worst: Math.max(one[key].worst, other[key].worst),
  });
  const float32Rows = one.float32Rows + other.float32Rows;
  return { raw: both('raw'), shap: both('shap'), exact: both('exact'), sum: both('sum'), float32Rows };
}
