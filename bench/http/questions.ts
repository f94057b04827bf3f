import { readFileSync } from 'node:fs';
import { postBytes } from './connection.ts';
import type { QuestionSource } from './prepare-shop.ts';

/** Requests made beforehand, all about other rows: the nth asks about another shopper, item and price than any other. */
export interface Questions {
  predict(n: number): Buffer;
  explain(n: number): Buffer;
}

const many = 20_000;

/** Makes the questions of a shop, each sent with a token. */
export function makeQuestions(file: string, token: string): Questions {
  const { shoppers, items } = JSON.parse(readFileSync(file, 'utf8')) as QuestionSource;
  const headers = { Authorization: `Bearer ${token}` };
  const of = (n: number, explain: boolean): Buffer => {
    const item = items[(n * 31) % items.length]!;
    // A price of its own for each question, so that no two rows are equal: cents, from half to one and a half times the known one.
    const price = Math.max(0.01, Math.round(item.price * 100 * (0.5 + ((n * 7_919) % many) / many)) / 100) + n / 1e7;
    const when = { hour: 18, day_of_week: 4, is_weekend: 0 };
    const who = { user_id: shoppers[n % shoppers.length]!, session_id: `s${n}` };
    return postBytes('/v1/predict', JSON.stringify({ ...who, ...item, price, ...when, explain }), headers);
  };
  const made = [false, true].map((explain) => Array.from({ length: many }, (_, n) => of(n, explain))) as [Buffer[], Buffer[]];
  return { predict: (n) => made[0][n % many]!, explain: (n) => made[1][n % many]! };
}
