// Scores by walking: eight trees at once for one row, eight rows at once for a tree, so that one walk's loads fill the others' waits.
#include "kernel.h"

// A split asks `x[column] <= threshold`; its right child stands at `step` splits behind it and the left one right after that.
// A leaf reads column 0, which is NaN, so every further step stays; its threshold's bits are the number of its value.
typedef struct {
  float threshold;
  u16 column;
  u16 step;
} Split;

#define WIDTH 8

INLINE const Split *walk(const Split *at, const float *x) { return at + at->step + (x[at->column] <= at->threshold); }

INLINE u32 leaf(const Split *at) { return ((union { float f; u32 bits; }){.f = at->threshold}).bits; }

// One row: the sum of the leaves in order of trees, added to `sum`. `roots` holds whole groups of eight trees; `steps` two numbers a group: the steps
// that all its walks are likely to need, and those that the deepest may need after them. Of deep, narrow trees few walks use the latter.
#define WALK_GROUP                                                                                                                     \
  const Split *at[WIDTH];                                                                                                              \
  for (u32 i = 0; i < WIDTH; i++) at[i] = splits + roots[i];                                                                           \
  for (u32 n = steps[0]; n > 0; n--)                                                                                                   \
    for (u32 i = 0; i < WIDTH; i++) at[i] = walk(at[i], x);                                                                            \
  for (u32 n = steps[1], moved = 1; n > 0 && moved; n--) {                                                                             \
    moved = 0;                                                                                                                         \
    for (u32 i = 0; i < WIDTH; i++) {                                                                                                  \
      moved |= at[i]->step;                                                                                                            \
      at[i] = walk(at[i], x);                                                                                                          \
    }                                                                                                                                  \
  }

EXPORT(score_f64) double score_f64(const Split *splits, const u32 *roots, const u8 *steps, u32 groups, const double *values, const float *x, double sum) {
  for (u32 g = 0; g < groups; g++, roots += WIDTH, steps += 2) {
    WALK_GROUP
    for (u32 i = 0; i < WIDTH; i++) sum += values[leaf(at[i])];
  }
  return sum;
}

// The same in XGBoost's arithmetic: the running sum is a float32.
EXPORT(score_f32) float score_f32(const Split *splits, const u32 *roots, const u8 *steps, u32 groups, const double *values, const float *x, float sum) {
  for (u32 g = 0; g < groups; g++, roots += WIDTH, steps += 2) {
    WALK_GROUP
    for (u32 i = 0; i < WIDTH; i++) sum += (float)values[leaf(at[i])];
  }
  return sum;
}

// Many rows, `columns` numbers each, whole groups of eight: adds each row's leaves to `sums`, tree by tree.
INLINE void walk_rows(const Split *splits, const u32 *roots, const u8 *depths, u32 trees, const double *values, const float *x, u32 columns, u32 groups, double *sums, const int single) {
  for (u32 t = 0; t < trees; t++) {
    const Split *root = splits + roots[t];
    const float *row = x;
    double *sum = sums;
    for (u32 g = 0; g < groups; g++, row += WIDTH * columns, sum += WIDTH) {
      const Split *at[WIDTH];
      for (u32 i = 0; i < WIDTH; i++) at[i] = root;
      for (u32 n = depths[t]; n > 0; n--)
        for (u32 i = 0; i < WIDTH; i++) at[i] = walk(at[i], row + i * columns);
      for (u32 i = 0; i < WIDTH; i++) {
        double next = sum[i] + values[leaf(at[i])];
        sum[i] = single ? (double)(float)next : next;
      }
    }
  }
}

EXPORT(score_rows_f64) void score_rows_f64(const Split *splits, const u32 *roots, const u8 *depths, u32 trees, const double *values, const float *x, u32 columns, u32 groups, double *sums) {
  walk_rows(splits, roots, depths, trees, values, x, columns, groups, sums, 0);
}

EXPORT(score_rows_f32) void score_rows_f32(const Split *splits, const u32 *roots, const u8 *depths, u32 trees, const double *values, const float *x, u32 columns, u32 groups, double *sums) {
  walk_rows(splits, roots, depths, trees, values, x, columns, groups, sums, 1);
}

INLINE u32 bits_of(i32x4 mask) {
#ifdef __wasm__
  return (u32)__builtin_wasm_bitmask_i32x4(mask);
#else
  return (u32)__builtin_ia32_movmskps((f32x4)mask);
#endif
}

// Oblivious trees, one row: tree t asks `depths[t]` columns and thresholds, the deepest level first, filled up to a multiple of four; the answers are
// the bits of its leaf. Leaves of all trees go to `leaves`, their values in order onto `sum`.
EXPORT(score_oblivious) double score_oblivious(const u16 *columns, const f32x4 *thresholds, const u8 *depths, const u32 *firsts, u32 trees, const double *values, const float *x, double sum, u32 *leaves) {
  for (u32 t = 0; t < trees; t++) {
    const u32 depth = depths[t];
    u32 goes_left = 0;
    for (u32 k = 0; k < depth; k += 4, columns += 4) {
      f32x4 asked = {x[columns[0]], x[columns[1]], x[columns[2]], x[columns[3]]};
      goes_left |= bits_of(asked <= *thresholds++) << k;
    }
    const u32 place = ~goes_left & ((1u << depth) - 1);
    leaves[t] = place;
    sum += values[firsts[t] + place];
  }
  return sum;
}

// Contributions by table: of each tree [leaf][feature] float64 for its distinct features, whose players are listed tree by tree.
EXPORT(explain_table) void explain_table(const u32 *leaves, const double *tables, const u32 *offsets, const u8 *widths, const u16 *players, u32 trees, double *out) {
  for (u32 t = 0; t < trees; t++) {
    const u32 width = widths[t];
    const double *row = tables + offsets[t] + leaves[t] * width;
    for (u32 k = 0; k < width; k++) out[players[k]] += row[k];
    players += width;
  }
}
