import type { InputIssue } from '@tillcast/api/predict';
import { offerOf } from '@tillcast/core/catalogue/fill-event';
import type { CatalogueView } from '@tillcast/core/catalogue/view';
import { isFields } from '@tillcast/core/events/read-field';
import type { Convert } from '@tillcast/core/shop/convert';

/** Fills what a question leaves out of its item from the catalogue, and says so. */
export interface Completion {
  /** A body that may be a question, filled where it can be; anything else as it is. */
  complete(body: unknown): unknown;
  /** What was filled in a question that came from `complete`. */
  issuesOf(request: object): readonly InputIssue[];
}

/** The fields of a question that the catalogue may know, and what they are called there. */
const fields = [
  ['category_code', 'category'],
  ['brand', 'brand'],
  ['price', 'price'],
] as const;

const isMissing = (value: unknown): boolean => value === undefined || value === '';

/** Opens the filling of questions: with what holds at the moment of the question and was known by then. */
export function openCompletion(view: CatalogueView, convert: Convert, now: () => number): Completion {
  const issues = new WeakMap<object, readonly InputIssue[]>();
  return {
    complete(body) {
      if (view.items === 0 || !isFields(body) || typeof body.product_id !== 'string') return body;
      if (!fields.some(([name]) => isMissing(body[name]))) return body;
      const atMs = typeof body.event_time === 'string' ? Date.parse(body.event_time) : now();
      const facts = view.at('default', body.product_id, { asOfMs: atMs, knownByMs: atMs });
      if (facts === undefined) return body;
      const offer = offerOf(facts, convert, atMs);
      const filled = fields.filter(([name, field]) => isMissing(body[name]) && offer[field] !== undefined);
      if (filled.length === 0) return body;
      const completed = { ...body, ...Object.fromEntries(filled.map(([name, field]) => [name, offer[field]])) };
      issues.set(
        completed,
        filled.map(([name, field]) => ({
          field: `/${name}`,
          code: 'filled_from_catalogue',
          detail: `is not given; the catalogue’s ${JSON.stringify(offer[field])} is used`,
        })),
      );
      return completed;
    },
    issuesOf: (request) => issues.get(request) ?? [],
  };
}
