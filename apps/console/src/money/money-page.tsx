import { useModels, useRoi } from '../api.ts';
import { Trouble } from '../trouble.tsx';
import { Waiting } from '../waiting.tsx';
import { Ledger } from './ledger.tsx';
import { Performance } from './performance.tsx';
import { treatmentsOf } from './treatments.ts';

/** Money: whether treating shoppers paid, whom it would pay to treat, and how good the predictions behind it were. */
export function MoneyPage() {
  const { data: ledger, trouble } = useRoi();
  const { data: models, trouble: noModels } = useModels();
  const serving = models?.models.find((model) => model.serving);
  return (
    <main className="stack">
      {trouble ? <Trouble trouble={trouble} hasOld={ledger !== undefined} /> : null}
      {ledger ? <Ledger ledger={ledger} /> : trouble ? null : <Waiting what="the ledger" />}
      {ledger && (models || noModels) ? (
        <Performance
          key={`${serving?.target} ${ledger.currency}`}
          target={serving?.target ?? 'item'}
          treatments={treatmentsOf(ledger)}
          currency={ledger.currency}
        />
      ) : null}
    </main>
  );
}
