// Scores of many rows by bytes: a value becomes its rank among the column's thresholds, at most 255 of them, so that one vector asks sixteen rows at once.
// Nothing is walked: every split of a tree is asked, from the bottom up, and hands the number of the leaf it leads to upward.
#include "kernel.h"

// Rows a call, as four vectors.
#define VECTORS 4
#define ROWS (VECTORS * 16)
// Trees whose leaves are added at once.
#define TREES 4

typedef struct {
  i8x16 of[VECTORS];
} Bytes;

// A split above two leaves: the left one's number is `leaf`, the right one's the next.
typedef struct {
  u8 column;
  i8 rank;
  u8 leaf;
} Twig;

// Any other split; `left` and `right` are numbers of slots, of lone leaves or of splits before it.
typedef struct {
  u8 column;
  i8 rank;
  u16 left;
  u16 right;
} Fork;

typedef struct {
  u16 twigs;
  u16 forks;
  // The slot with the answer, and where the tree's leaves begin among the values.
  u32 answer;
  u32 values;
} Tree;

INLINE i8x16 splat(i8 value) { return (i8x16){value, value, value, value, value, value, value, value, value, value, value, value, value, value, value, value}; }

// Ranks of `columns` numbers a row, column after column; -128 is rank 0. `grids` holds 2^bits - 1 ascending thresholds a column, filled up with infinity.
// A NaN is above all of them.
EXPORT(rank_rows) void rank_rows(const float *x, u32 columns, const float *grids, const u32 *starts, const u8 *bits, i8 *ranks) {
  for (u32 c = 0; c < columns; c++, ranks += ROWS) {
    const float *grid = grids + starts[c];
    for (u32 r = 0; r < ROWS; r += 8) {
      u32 place[8] = {0};
      float value[8];
      for (u32 i = 0; i < 8; i++) value[i] = x[(r + i) * columns + c];
      for (u32 half = 1u << bits[c] >> 1; half > 0; half >>= 1)
        for (u32 i = 0; i < 8; i++) place[i] += value[i] <= grid[place[i] + half - 1] ? 0 : half;
      for (u32 i = 0; i < 8; i++) ranks[r + i] = (i8)((i32)place[i] - 128);
    }
  }
}

INLINE void add_leaves(const Bytes *leaves, const double *const *values, u32 trees, double *sums, const int single) {
  const u8 *leaf = (const u8 *)leaves;
  for (u32 r = 0; r < ROWS; r++) {
    double sum = sums[r];
    for (u32 t = 0; t < trees; t++) {
      sum += values[t][leaf[t * ROWS + r]];
      if (single) sum = (double)(float)sum;
    }
    sums[r] = sum;
  }
}

INLINE void score_bytes(const Tree *trees, u32 count, const Twig *twig, const Fork *fork, Bytes *slots, const Bytes *ranks, const double *values, double *sums, const u32 firsts, const int single) {
  Bytes leaves[TREES];
  const double *of[TREES];
  for (u32 t = 0; t < count; t++) {
    const Tree tree = trees[t];
    Bytes *slot = slots + firsts;
    for (u32 n = 0; n < tree.twigs; n++, twig++, slot++) {
      const Bytes *asked = ranks + twig->column;
      for (u32 v = 0; v < VECTORS; v++) slot->of[v] = splat((i8)twig->leaf) - (asked->of[v] > splat(twig->rank));
    }
    for (u32 n = 0; n < tree.forks; n++, fork++, slot++) {
      const Bytes *asked = ranks + fork->column;
      const Bytes *left = slots + fork->left, *right = slots + fork->right;
      for (u32 v = 0; v < VECTORS; v++) {
        i8x16 goes_right = asked->of[v] > splat(fork->rank);
        slot->of[v] = (right->of[v] & goes_right) | (left->of[v] & ~goes_right);
      }
    }
    of[t % TREES] = values + tree.values;
    leaves[t % TREES] = slots[tree.answer];
    if (t % TREES == TREES - 1) add_leaves(leaves, of, TREES, sums, single);
  }
  add_leaves(leaves, of, count % TREES, sums, single);
}

// 64 rows: adds each row's leaves to `sums`, tree by tree. The first `firsts` slots hold the numbers of lone leaves, which the caller wrote once.
EXPORT(score_bytes_f64) void score_bytes_f64(const Tree *trees, u32 count, const Twig *twigs, const Fork *forks, Bytes *slots, const Bytes *ranks, const double *values, double *sums, u32 firsts) {
  score_bytes(trees, count, twigs, forks, slots, ranks, values, sums, firsts, 0);
}

// The same with a running sum in float32.
EXPORT(score_bytes_f32) void score_bytes_f32(const Tree *trees, u32 count, const Twig *twigs, const Fork *forks, Bytes *slots, const Bytes *ranks, const double *values, double *sums, u32 firsts) {
  score_bytes(trees, count, twigs, forks, slots, ranks, values, sums, firsts, 1);
}

// Oblivious trees of at most eight levels: the answers are the bits of the leaf.
EXPORT(score_bytes_oblivious) void score_bytes_oblivious(const u8 *columns, const i8 *thresholds, const u8 *depths, const u32 *firsts, u32 count, const Bytes *ranks, const double *values, double *sums) {
  Bytes leaves[TREES];
  const double *of[TREES];
  for (u32 t = 0; t < count; t++) {
    Bytes place = {0};
    const u32 depth = depths[t];
    for (u32 k = 0; k < depth; k++) {
      const Bytes *asked = ranks + columns[k];
      for (u32 v = 0; v < VECTORS; v++) place.of[v] = place.of[v] + place.of[v] - (asked->of[v] > splat(thresholds[k]));
    }
    columns += depth, thresholds += depth;
    of[t % TREES] = values + firsts[t];
    leaves[t % TREES] = place;
    if (t % TREES == TREES - 1) add_leaves(leaves, of, TREES, sums, 0);
  }
  add_leaves(leaves, of, count % TREES, sums, 0);
}
