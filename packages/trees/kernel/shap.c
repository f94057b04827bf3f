// The four explainers that are compiled of shap.h: one row or several at once, in float32 or float64, shares adding up or not.
#include "kernel.h"

#ifdef __wasm__
#define UINTPTR u32
#else
#define UINTPTR unsigned long
#endif
#define ONE_CASE(n, tree_) case n: N(tree)(tree_, own, at, sums, ways, n); break;

// Several rows in float32 lanes: forests, whose many trees average the rounding away.
#define T float
#define V f32x4
#define M i32x4
#define BITS i32
#define LANES 4
#define EVEN 1
#define BY_ROW 1
#define SUFFIX _f32_rows
#define EXPORTED EXPORT(explain_f32_rows)
#define VECTOR_CASES(tree_) ONE_CASE(3, tree_) ONE_CASE(4, tree_) ONE_CASE(5, tree_) ONE_CASE(6, tree_)
#include "shap.h"
#undef BY_ROW
#undef SUFFIX
#undef EXPORTED
#undef VECTOR_CASES
#define BY_ROW 0
#define SUFFIX _f32_row
#define EXPORTED EXPORT(explain_f32_row)
#define VECTOR_CASES(tree_) ONE_CASE(1, tree_) ONE_CASE(2, tree_)
#include "shap.h"
#undef T
#undef V
#undef M
#undef BITS
#undef LANES
#undef EVEN
#undef BY_ROW
#undef SUFFIX
#undef EXPORTED
#undef VECTOR_CASES

// Float64 lanes: boosted models, in log-odds.
#define T double
#define V f64x2
#define M i64x2
#define BITS i64
#define LANES 2
#define EVEN 1
#define BY_ROW 1
#define SUFFIX _f64_rows
#define EXPORTED EXPORT(explain_f64_rows)
#define VECTOR_CASES(tree_) ONE_CASE(3, tree_) ONE_CASE(4, tree_) ONE_CASE(5, tree_)
#include "shap.h"
#undef BY_ROW
#undef SUFFIX
#undef EXPORTED
#undef VECTOR_CASES
#define BY_ROW 0
#define SUFFIX _f64_row
#define EXPORTED EXPORT(explain_f64_row)
#define VECTOR_CASES(tree_) ONE_CASE(2, tree_) ONE_CASE(3, tree_)
#include "shap.h"
#undef BY_ROW
#undef SUFFIX
#undef EXPORTED
#undef VECTOR_CASES
#undef EVEN
#define EVEN 0
#define BY_ROW 1
#define SUFFIX _f64_uneven_rows
#define EXPORTED EXPORT(explain_f64_uneven_rows)
#define VECTOR_CASES(tree_) ONE_CASE(3, tree_)
#include "shap.h"
#undef BY_ROW
#undef SUFFIX
#undef EXPORTED
#undef VECTOR_CASES
#define BY_ROW 0
#define SUFFIX _f64_uneven_row
#define EXPORTED EXPORT(explain_f64_uneven_row)
#define VECTOR_CASES(tree_) ONE_CASE(2, tree_)
#include "shap.h"
