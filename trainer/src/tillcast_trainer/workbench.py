"""Everything a fit of one run shares: table, spec, cancelling."""

from dataclasses import dataclass

from tillcast_trainer.cancel import Cancel
from tillcast_trainer.members.learner import FitJob, Fitted, Learner, Pulse, Shape, Watch
from tillcast_trainer.spec import Params, TrainingSpec
from tillcast_trainer.table import Rows, Table


@dataclass(frozen=True)
class Workbench:
    """One run's surroundings."""

    spec: TrainingSpec
    table: Table
    cancel: Cancel

    @property
    def shape(self) -> Shape:
        """What search spaces may depend on."""
        return Shape(self.table.fit.count, self.table.fit.positives, len(self.spec.features), self.spec.max_trees)

    def fit(self, learner: Learner, rows: Rows, params: Params, rounds: int, watched: Rows | None = None, pulse: Pulse | None = None) -> Fitted:
        """Fits one model; the pulse may stop it, and so may a cancel."""

        def both(trees: int, loss: float | None) -> bool:
            wish = pulse(trees, loss) if pulse else False
            return wish or self.cancel.requested

        self.cancel.check()
        fitted = learner.fit(
            FitJob(
                x=rows.x,
                y=rows.y,
                feature_names=self.spec.features,
                monotone=self.spec.monotone_by_column,
                params=params,
                rounds=rounds,
                watch=Watch(watched.x, watched.y, self.spec.objective) if watched else None,
                seed=self.spec.seed,
                threads=self.spec.threads,
                pulse=both,
            )
        )
        self.cancel.check()
        return fitted
