"""All trees of a model as plain arrays, walked level by level and all at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tillcast_trainer.cost import TreeShapes, Whole

LEAF = -1
WORD_BITS = 64


@dataclass(frozen=True)
class TreeArrays:
    """Trees behind each other; children are positions in the same arrays, LEAF where there are none."""

    roots: Whole
    left: Whole
    right: Whole
    feature: Whole


def stack_trees(trees: list[tuple[Whole, Whole, Whole]]) -> TreeArrays:
    """Puts trees (left, right, feature; children numbered within the tree) behind each other."""
    sizes = np.array([len(left) for left, _, _ in trees], dtype=np.int64)
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    shift = np.repeat(roots, sizes)
    left, right, feature = (np.concatenate([tree[part] for tree in trees]).astype(np.int64) for part in range(3))
    return TreeArrays(roots, np.where(left == LEAF, LEAF, left + shift), np.where(right == LEAF, LEAF, right + shift), feature)


def shapes_of(trees: TreeArrays, is_open: NDArray[np.bool_] | None = None) -> TreeShapes:
    """Counts the splits and distinct features of each tree; nodes that are not open count as leaves."""
    tree_of = np.zeros(len(trees.left), dtype=np.int64)
    tree_of[trees.roots] = np.arange(len(trees.roots))
    met = np.zeros((len(trees.left), int(trees.feature.max(initial=0)) // WORD_BITS + 1), dtype=np.uint64)
    splits = np.zeros(len(trees.roots), dtype=np.int64)
    distinct = np.zeros(len(trees.roots), dtype=np.int64)
    for nodes in levels(trees, is_open):
        np.add.at(splits, tree_of[nodes], 1)
        word, bit = np.divmod(trees.feature[nodes], WORD_BITS)
        mask = met[nodes]
        mask[np.arange(len(nodes)), word] |= np.uint64(1) << bit.astype(np.uint64)
        np.maximum.at(distinct, tree_of[nodes], np.bitwise_count(mask).sum(axis=1))
        for child in (trees.left[nodes], trees.right[nodes]):
            met[child] = mask
            tree_of[child] = tree_of[nodes]
    return TreeShapes(splits, distinct, oblivious=False)


def levels(trees: TreeArrays, is_open: NDArray[np.bool_] | None = None) -> Iterator[Whole]:
    """The (open) branches of all trees, level after level."""
    nodes = trees.roots
    while True:
        nodes = nodes[trees.left[nodes] != LEAF]
        if is_open is not None:
            nodes = nodes[is_open[nodes]]
        if len(nodes) == 0:
            return
        yield nodes
        nodes = np.concatenate([trees.left[nodes], trees.right[nodes]])
