"""A grown forest cut back to fewer leaves, as if its growth had stopped earlier."""

import heapq

import numpy as np
from numpy.typing import NDArray

from tillcast_trainer.cost import Whole
from tillcast_trainer.forest_export import Forest, Tree
from tillcast_trainer.tree_arrays import LEAF, TreeArrays, levels, stack_trees

NEVER = np.iinfo(np.int64).max


class CutForest:
    """The trees of a forest with the order in which best-first growth opened their branches.

    scikit-learn grows trees of bounded leaves best first, so the tree of fewer leaves is the beginning of the larger one: the branches
    opened first. What was cut off says its node's own value. The same rule as packages/trees/src/trim-forest.ts.
    """

    def __init__(self, forest: Forest, most_leaves: int) -> None:
        self.trees: TreeArrays = stack_trees([(tree.left, tree.right, tree.feature) for tree in forest.trees])
        self.value: NDArray[np.float64] = np.concatenate([tree.value for tree in forest.trees])
        self._order: Whole = np.concatenate([_order(tree, most_leaves) for tree in forest.trees])

    def is_open(self, leaves: int) -> NDArray[np.bool_]:
        """Which nodes are still branches in trees of at most so many leaves."""
        return self._order < leaves - 1

    def stop(self, leaves: int) -> Whole:
        """For each node of the whole trees, where a walk that comes to it ends in the cut ones."""
        is_open = self.is_open(leaves)
        ends = np.arange(len(self.trees.left))
        for nodes in levels(self.trees):
            for child in (self.trees.left[nodes], self.trees.right[nodes]):
                ends[child] = np.where(is_open[nodes], child, ends[nodes])
        return ends


def _order(tree: Tree, most_leaves: int) -> Whole:
    """When each branch is opened, from 0; NEVER beyond `most_leaves` leaves. The gain is twice the fall of the weighted Gini impurity."""
    left, right, cover, value = (array.tolist() for array in (tree.left, tree.right, tree.cover, tree.value))
    order = np.full(len(left), NEVER, dtype=np.int64)
    frontier: list[tuple[float, int]] = []

    def meet(node: int) -> None:
        if left[node] != LEAF:
            gain = sum(cover[child] * (value[child] - value[node]) ** 2 for child in (left[node], right[node]))
            heapq.heappush(frontier, (-gain, node))

    meet(0)
    for opened in range(most_leaves - 1):
        if not frontier:
            break
        _, node = heapq.heappop(frontier)
        order[node] = opened
        meet(left[node])
        meet(right[node])
    return order
