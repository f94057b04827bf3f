import { ModelFileError } from './errors.ts';
import type { CategoryRule, CategorySets } from './forest.ts';

/** Libraries number categories below 2^24 (XGBoost's bound; float32 holds them exactly). */
export const MAX_CATEGORY = 2 ** 24;
/** All sets of a forest together: 32 MB. */
const MAX_WORDS = 2 ** 23;
const TOO_LARGE = `its sets of categories are larger than ${MAX_WORDS * 4} bytes; use fewer categories`;

/** Whether the category of a present value is in a node's set; fractions are cut off, numbers that are no category are in none. */
export function isInSet({ start, length, words, rule }: CategorySets, node: number, x: number): boolean {
  const value = rule.single ? Math.fround(x) : x;
  if (!(value > rule.above && value < length[node]! * 32)) return false;
  return ((words[start[node]! + (value >>> 5)]! >>> (value & 31)) & 1) === 1;
}

/** How many words the sets of one file may still take. */
export interface WordBudget {
  left: number;
}

/** The budget of one file. */
export const openWordBudget = (): WordBudget => ({ left: MAX_WORDS });

/** The words of a set of categories, each of them checked and bounded before memory is taken. */
export function wordsOf(categories: readonly number[], node: number, budget: WordBudget): Uint32Array {
  const largest = categories.reduce((most, category) => {
    if (!Number.isInteger(category) || category < 0 || category >= MAX_CATEGORY) {
      throw new ModelFileError(`it holds the category ${category}; a whole number below ${MAX_CATEGORY} is expected`, { node });
    }
    return Math.max(most, category);
  }, -1);
  const length = (largest >> 5) + 1;
  budget.left -= length;
  if (budget.left < 0) throw new ModelFileError(TOO_LARGE, { node });
  const words = new Uint32Array(length);
  for (const category of categories) words[category >>> 5]! |= 1 << (category & 31);
  return words;
}

/** Gathers the sets of a forest's nodes while its trees are laid out; memory grows with what the file really holds. */
export function openCategorySets(nodeCount: number) {
  const found: { place: number; words: ArrayLike<number> }[] = [];
  let size = 0;
  return {
    add(place: number, words: ArrayLike<number> | undefined): void {
      if (words === undefined) return;
      size += words.length;
      if (size > MAX_WORDS) throw new ModelFileError(TOO_LARGE);
      found.push({ place, words });
    },
    /** The sets, or undefined where there is none. */
    close(rule: CategoryRule | undefined): CategorySets | undefined {
      if (found.length === 0 || rule === undefined) return undefined;
      const sets = {
        asks: new Uint8Array(nodeCount),
        start: new Int32Array(nodeCount),
        length: new Int32Array(nodeCount),
        words: new Uint32Array(size),
        rule,
      };
      let end = 0;
      for (const { place, words } of found) {
        sets.asks[place] = 1;
        sets.start[place] = end;
        sets.length[place] = words.length;
        sets.words.set(words, end);
        end += words.length;
      }
      return sets;
    },
  };
}
