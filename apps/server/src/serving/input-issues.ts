import type { InputIssue, PredictRequest } from '@tillcast/api/predict';
import type { ShopperView } from '@tillcast/core/features/engine';
import type { KnownItems } from './known-items.ts';

/** A price this many times above or below the item's known one is said to be far from it. */
const farPrice = 1.5;

const issue = (field: string, code: InputIssue['code'], detail: string): InputIssue => ({ field, code, detail });
const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

function itemIssues({ product_id, category_code, brand, price }: PredictRequest, known: KnownItems): InputIssue[] {
  const item = known.item(product_id);
  if (item === undefined)
    return [
      issue(
        '/product_id',
        'never_seen',
        `the item ${quote(product_id)} was never seen in this shop: its own demand is not known`,
      ),
    ];
  const issues: InputIssue[] = [];
  if (item.category !== undefined && category_code !== '' && item.category !== category_code) {
    issues.push(
      issue(
        '/category_code',
        'disagrees_with_known',
        `the item was last seen in ${quote(item.category)}; the category given is used`,
      ),
    );
  }
  if (item.brand !== undefined && brand !== '' && item.brand !== brand) {
    issues.push(
      issue(
        '/brand',
        'disagrees_with_known',
        `the item was last seen with the brand ${quote(item.brand)}; the brand given is used`,
      ),
    );
  }
  if (item.price !== undefined && Math.max(price / item.price, item.price / price) > farPrice) {
    issues.push(issue('/price', 'far_from_known', `the item last cost ${item.price}; the price given, ${price}, is used`));
  }
  return issues;
}

function nameIssues({ category_code, brand }: PredictRequest, known: KnownItems): InputIssue[] {
  const issues: InputIssue[] = [];
  if (category_code === '')
    issues.push(
      issue('/category_code', 'unknown_value', 'no category is given: features of the category are those of unknown ones'),
    );
  else if (!known.hasCategory(category_code)) {
    issues.push(issue('/category_code', 'never_seen', `the category ${quote(category_code)} was never seen in this shop`));
  }
  if (brand === '')
    issues.push(issue('/brand', 'unknown_value', 'no brand is given: features of the brand are those of unknown ones'));
  else if (!known.hasBrand(brand))
    issues.push(issue('/brand', 'never_seen', `the brand ${quote(brand)} was never seen in this shop`));
  return issues;
}

/** What the caller should know of the input; nothing is imputed silently. */
export function inputIssues(
  request: PredictRequest,
  known: KnownItems,
  shopper: ShopperView | undefined,
  placing?: { readonly isUnknown: boolean },
): InputIssue[] {
  const who = request.user_id === undefined ? '/anonymous_id' : '/user_id';
  return [
    ...(shopper === undefined
      ? [issue(who, 'never_seen', 'the shopper was never seen: the answer rests on the item, the shop and the hour')]
      : []),
    ...(request.user_id !== undefined && request.anonymous_id !== undefined
      ? [issue('/anonymous_id', 'ignored', 'user_id is given too, and says who the shopper is')]
      : []),
    ...itemIssues(request, known),
    ...nameIssues(request, known),
    ...(request.experiment_id === undefined || placing?.isUnknown === false
      ? []
      : [
          issue(
            '/experiment_id',
            'never_seen',
            `there is no running experiment ${quote(request.experiment_id)}: no variant is assigned`,
          ),
        ]),
  ];
}
