import type { ShopEvent } from '../events/event.ts';
import { NONE, openLabelBook } from '../learning/labels.ts';
import { type Codes, openCodes } from '../learning/rows-columns.ts';
import type { LabelDecision, LabelDue, Outcome, PredictionLabel } from '../ports/prediction-log.ts';

/** When labels are decided, and for how long a return undoes a purchase. */
export interface LabelMoment {
  readonly nowMs: number;
  readonly refundWindowMs: number;
}

/** A login as the device was told of it; its user was told as well, of the same. */
const isClaim = (outcome: Outcome): outcome is Outcome & { readonly linked: string } =>
  outcome.event === 'login' && outcome.linked !== undefined && outcome.shopper.startsWith('a:');

type Verdict = Pick<PredictionLabel, 'label' | 'labelNet'>;

type Bought = Outcome & { readonly event: 'purchase' | 'refund' };
const isBought = (outcome: Outcome): outcome is Bought => outcome.event === 'purchase' || outcome.event === 'refund';

/** An outcome as the event it was, as far as labels look at one. */
const eventOf = ({ tenant, eventId, event, eventTimeMs, receivedAtMs, sequence, transactionId, items }: Bought): ShopEvent => ({
  ...{ tenant, eventId, event, eventTimeMs, receivedAtMs, items },
  ...(sequence === undefined ? {} : { sequence }),
  ...(transactionId === undefined ? {} : { transactionId }),
});

const knownAtMs = ({ eventTimeMs, receivedAtMs }: Outcome): number => Math.max(eventTimeMs, receivedAtMs);
const codeOf = (codes: Codes, text: string | undefined): number => (text === undefined ? NONE : codes.of(text));

/** Labels of predictions of one target and horizon, by the same book that labels training tables. */
function verdictsOf(due: readonly LabelDue[], outcomes: readonly Outcome[], refundWindowMs: number): Verdict[] {
  const { target, horizonMs } = due[0]!;
  const [items, sessions, shoppers] = [openCodes(), openCodes(), openCodes()];
  const book = openLabelBook({ target, horizonMs, refundWindowMs }, items);
  const tell = (outcome: Outcome): void => {
    const group = shoppers.of(outcome.shopper);
    if (isBought(outcome)) book.outcome(eventOf(outcome), group, codeOf(sessions, outcome.sessionId));
    else if (isClaim(outcome)) book.claim(group, shoppers.of(outcome.linked), outcome.eventTimeMs);
  };
  let told = 0;
  for (const { shopper, askedAtMs, asOfMs, sessionId, itemId } of due) {
    // What became known in the very millisecond of the question counts as known to it: a label never looks back.
    while (told < outcomes.length && knownAtMs(outcomes[told]!) <= askedAtMs) tell(outcomes[told++]!);
    book.row(asOfMs, shoppers.of(shopper), codeOf(sessions, sessionId), codeOf(items, itemId));
  }
  for (const outcome of outcomes.slice(told)) tell(outcome);
  const { label, labelNet } = book.resolve(due.length, Number.POSITIVE_INFINITY);
  return due.map((_, row) => ({ label: label[row] as 0 | 1, labelNet: labelNet[row] as 0 | 1 }));
}

/** The decision a verdict amounts to: a next version where it says something new, else that the current one stands. */
function decisionOf(due: LabelDue, verdict: Verdict, { nowMs, refundWindowMs }: LabelMoment): LabelDecision {
  const { tenant, predictionId, revision, current } = due;
  const upon = current?.version ?? 0;
  // Once final, it stays so, whatever the clock says meanwhile.
  const netFinal = current?.netFinal === true || due.asOfMs + due.horizonMs + refundWindowMs <= nowMs;
  const isAsBefore = verdict.label === current?.label && verdict.labelNet === current.labelNet;
  const about = { tenant, predictionId, revision, upon };
  if (isAsBefore && netFinal === current?.netFinal) return about;
  const because = current === undefined ? 'closed' : isAsBefore ? 'matured' : 'reopened';
  return { ...about, label: { version: upon + 1, ...verdict, netFinal, decidedAtMs: nowMs, because } };
}

/**
 * Decides the labels of predictions of one shopper. A purchase counts as in a training table (docs/adr/0006-knowable-time.md): it became known
 * after the question was asked, and happened in [t, t + horizon]; it is the shopper's, or of somebody whom logins known by t + horizon make one person
 * with them (docs/adr/0013-identity.md).
 * @param outcomes all of that shopper's with `eventTimeMs` from the earliest `asOfMs` of `due` on, and of those linked to them (see `readHousehold`);
 * older ones change nothing.
 */
export function decideLabels(due: readonly LabelDue[], outcomes: readonly Outcome[], at: LabelMoment): LabelDecision[] {
  // A login comes before what was bought with it.
  const known = outcomes.toSorted((a, b) => knownAtMs(a) - knownAtMs(b) || Number(isClaim(b)) - Number(isClaim(a)));
  const kinds = Map.groupBy(due, ({ target, horizonMs }) => `${target} ${horizonMs}`);
  return [...kinds.values()].flatMap((kind) => {
    const asked = kind.toSorted((a, b) => a.askedAtMs - b.askedAtMs);
    const verdicts = verdictsOf(asked, known, at.refundWindowMs);
    return asked.map((one, index) => decisionOf(one, verdicts[index]!, at));
  });
}
