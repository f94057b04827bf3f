// Exact path-dependent TreeSHAP in the quadrature form (Quadrature-TreeSHAP, arXiv 2605.04497), trees in level order. Included once for each
// pair of a number type and a meaning of the lanes: LANES rows of one batch (BY_ROW), or LANES quadrature nodes of one row.
//
// A branch with shares (a, b) of its training weight, quadrature factors tau and kappa, and per row the pair
//   cl = s (h - a), cr = s ((1 - h) - b)      h: the row goes left; s: it satisfies the path's earlier conditions on the branch's feature
// has fl = a + tau cl, fr = b + tau cr, and with P (product of factors above) and S (leaves below, each times its factors):
//   down  P_left = P fl, P_right = P fr        up  S = fl S_left + fr S_right, phi += sum_q P kappa (cl S_left + cr S_right)
// tau = t and kappa = 1 where the feature is met for the first time; tau = t / g and kappa = z / g^2 with g = t + (1 - t) z otherwise.
// Where shares add up to 1 (EVEN), cr = -cl and fr = 1 - fl, which saves a third of the work.

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define N(name) GLUE(name, SUFFIX)

// A branch; `left` and `right` are places of branches in the tree's order. Which fields count depends on its kind (ShapTree).
typedef struct {
  float threshold;
  u16 column;
  u16 player;
  u16 left;
  u16 right;
  u16 above; // repeats: the nearest branch above that asks about the same feature
  u16 side;  // repeats: 0xffff where the path went right there
  T a;
  T b;
  T x; // one leaf: its value. Two leaves: the left value less the right one (EVEN), or the left value
  T y; // two leaves: the mean (EVEN), or the right value
} N(Branch);

typedef struct {
  u32 branches; // address of its branches, in order: by level [two branches below, first | repeat][one leaf on the left, first | repeat][on the right]; two leaves, first | repeat
  u32 counts;   // address of u16: six a level, then two
  u32 repeats;  // address of T: tau and kappa of each repeat, [2 * stride]
  u32 rule;     // address of T: t, then weights, [2 * stride]
  u16 levels;
  u16 quadrature; // how many nodes the rule has
  u16 stride;     // the same, rounded up to whole vectors; weights beyond are 0
  u16 flush;      // 1 where sums move on to float64 after this tree
} N(Tree);

typedef struct {
  V c;
  V d;
  M s;
  M h;
} N(Way);

#if BY_ROW
#define FACTOR(p, v) (((V){0}) + (p)[v])
#define X(x, column) N(load)((x) + (column) * LANES)
#else
#define FACTOR(p, v) (*(const V *)((p) + (v) * LANES))
#define X(x, column) (((V){0}) + (T)(x)[column])
#endif

#if BY_ROW
INLINE V N(load)(const float *x) {
#if LANES == 2
  return __builtin_convertvector(*(const f32x2 *)x, V);
#else
  return *(const V *)x;
#endif
}
#endif

INLINE V N(masked)(V a, M m) { return (V)((M)a & m); }

INLINE N(Way) N(choose)(const N(Branch) *n, const float *x, M s) {
  N(Way) w;
  w.s = s;
  M left = X(x, n->column) <= (T)n->threshold;
  V one = ((V){0}) + (T)1;
  w.c = N(masked)(N(masked)(one, left) - n->a, s);
#if EVEN
  w.d = -w.c;
#else
  w.d = N(masked)(N(masked)(one, ~left) - n->b, s);
#endif
  w.h = left & s;
  return w;
}

INLINE M N(satisfied)(const N(Branch) *n, const N(Way) *ways) {
  const N(Way) *above = ways + n->above;
  M side = ((M){0}) + (BITS)(short)n->side;
  return above->s & (above->h ^ side);
}

// How a branch's children stand: both branches, a leaf on the left, a leaf on the right.
enum N(Kind) { N(BOTH), N(LEAF_LEFT), N(LEAF_RIGHT) };

INLINE void N(down)(const N(Branch) *n, const float *x, const T *t, const T *repeat, V *at, N(Way) *ways, u32 place, const u32 vectors, const int kind, const int again) {
  N(Way) w = N(choose)(n, x, again ? N(satisfied)(n, ways) : ~(M){0});
  ways[place] = w;
  const V *p = at + place * vectors;
  V *left = at + n->left * vectors, *right = at + n->right * vectors;
  const T *tau = again ? repeat : t;
  for (u32 v = 0; v < vectors; v++) {
    V f = n->a + FACTOR(tau, v) * w.c;
    V l = p[v] * f;
    if (kind != N(LEAF_LEFT)) left[v] = l;
#if EVEN
    if (kind != N(LEAF_RIGHT)) right[v] = p[v] - l;
#else
    if (kind != N(LEAF_RIGHT)) right[v] = p[v] * (n->b + FACTOR(tau, v) * w.d);
#endif
  }
}

INLINE void N(up)(const N(Branch) *n, const T *t, const T *repeat, const u32 nodes, V *at, V *sums, const N(Way) *ways, u32 place, const u32 vectors, const int kind, const int again) {
  V c = ways[place].c;
  V *p = at + place * vectors;
  const V *left = at + n->left * vectors, *right = at + n->right * vectors;
  const T *tau = again ? repeat : t;
  const T *kappa = repeat + nodes;
  V sum = {0};
  V leaf = ((V){0}) + n->x;
#if !EVEN
  V d = ways[place].d;
#endif
  for (u32 v = 0; v < vectors; v++) {
    V l = kind == N(LEAF_LEFT) ? leaf : left[v], r = kind == N(LEAF_RIGHT) ? leaf : right[v];
    V weight = again ? p[v] * FACTOR(kappa, v) : p[v];
#if EVEN
    V gap = l - r;
    sum += weight * gap;
    p[v] = r + (n->a + FACTOR(tau, v) * c) * gap;
#else
    V gap = c * l + d * r;
    sum += weight * gap;
    p[v] = n->a * l + n->b * r + FACTOR(tau, v) * gap;
#endif
  }
#if EVEN
  sums[n->player] += c * sum;
#else
  sums[n->player] += sum;
#endif
}

// Two leaves: down and up at once, and no leaf is ever stored.
INLINE void N(turn)(const N(Branch) *n, const float *x, const T *t, const T *repeat, const u32 nodes, V *at, V *sums, const N(Way) *ways, u32 place, const u32 vectors, const int again) {
  N(Way) w = N(choose)(n, x, again ? N(satisfied)(n, ways) : ~(M){0});
  V *p = at + place * vectors;
  const T *tau = again ? repeat : t;
  const T *kappa = repeat + nodes;
#if EVEN
  V gap = w.c * n->x;
  V mean = ((V){0}) + n->y;
#else
  V gap = w.c * n->x + w.d * n->y;
  V mean = ((V){0}) + (n->a * n->x + n->b * n->y);
#endif
  V sum = {0};
  for (u32 v = 0; v < vectors; v++) {
    sum += again ? p[v] * FACTOR(kappa, v) : p[v];
    p[v] = mean + FACTOR(tau, v) * gap;
  }
  sums[n->player] += gap * sum;
}

INLINE void N(tree)(const N(Tree) *tree, const float *x, V *at, V *sums, N(Way) *ways, const u32 vectors) {
  const u32 nodes = tree->stride;
  const N(Branch) *branches = (const N(Branch) *)(UINTPTR)tree->branches;
  const u16 *counts = (const u16 *)(UINTPTR)tree->counts;
  const T *repeats = (const T *)(UINTPTR)tree->repeats;
  const T *t = (const T *)(UINTPTR)tree->rule, *weights = t + nodes;
  for (u32 v = 0; v < vectors; v++) at[v] = FACTOR(weights, v);
  u32 place = 0, again = 0, level = 0;
#define EACH(kind, repeated, call)                                   \
  for (u32 end = place + *counts++; place < end; place++) {          \
    const T *repeat = repeats + again * 2 * nodes;                   \
    call;                                                            \
    if (repeated) again++;                                           \
  }
#define DOWN(kind, repeated) EACH(kind, repeated, N(down)(branches + place, x, t, repeat, at, ways, place, vectors, kind, repeated))
#define TURN(repeated) EACH(0, repeated, N(turn)(branches + place, x, t, repeat, nodes, at, sums, ways, place, vectors, repeated))
  for (; level < tree->levels; level++) {
    DOWN(N(BOTH), 0) DOWN(N(BOTH), 1) DOWN(N(LEAF_LEFT), 0) DOWN(N(LEAF_LEFT), 1) DOWN(N(LEAF_RIGHT), 0) DOWN(N(LEAF_RIGHT), 1)
  }
  u32 turned = place, before = again;
  TURN(0) TURN(1)
  place = turned, again = before, counts -= 2;
#define UP(kind, repeated)                                           \
  for (u32 end = place - *--counts; place > end;) {                  \
    if (repeated) again--;                                           \
    place--;                                                         \
    N(up)(branches + place, t, repeats + again * 2 * nodes, nodes, at, sums, ways, place, vectors, kind, repeated); \
  }
  for (; level > 0; level--) {
    UP(N(LEAF_RIGHT), 1) UP(N(LEAF_RIGHT), 0) UP(N(LEAF_LEFT), 1) UP(N(LEAF_LEFT), 0) UP(N(BOTH), 1) UP(N(BOTH), 0)
  }
#undef EACH
#undef DOWN
#undef TURN
#undef UP
}

// The same for any number of vectors.
static __attribute__((noinline)) void N(any)(const N(Tree) *tree, const float *x, V *at, V *sums, N(Way) *ways, u32 vectors) {
  N(tree)(tree, x, at, sums, ways, vectors);
}

INLINE void N(flush)(V *sums, u32 players, double *out) {
  for (u32 p = 0; p < players; p++) {
#if BY_ROW
    for (u32 lane = 0; lane < LANES; lane++) out[p * LANES + lane] += (double)sums[p][lane];
#else
    double sum = 0;
    for (u32 lane = 0; lane < LANES; lane++) sum += (double)sums[p][lane];
    out[p] += sum;
#endif
    sums[p] = (V){0};
  }
}

// Adds the contributions of `count` trees to `out`, float64: of each group [players][LANES] by row, of each row [players] otherwise.
// `scratch` holds vectors and ways of the largest tree, and [groups][players] sums.
EXPORTED void N(explain)(const N(Tree) *trees, u32 count, const float *x, u32 columns, u32 groups, u8 *scratch, u32 ways_at, u32 sums_at, u32 players, double *out) {
  V *at = (V *)scratch;
  N(Way) *ways = (N(Way) *)(scratch + ways_at);
  const u32 rows = BY_ROW ? LANES : 1;
  for (u32 i = 0; i < groups * players; i++) ((V *)(scratch + sums_at))[i] = (V){0};
  for (u32 i = 0; i < count; i++) {
    const u32 vectors = BY_ROW ? trees[i].quadrature : trees[i].stride / LANES;
    const int flush = trees[i].flush || i + 1 == count;
    for (u32 group = 0; group < groups; group++) {
      const float *own = x + group * columns * rows;
      V *sums = (V *)(scratch + sums_at) + group * players;
      switch (vectors) {
        VECTOR_CASES(trees + i)
        default: N(any)(trees + i, own, at, sums, ways, vectors);
      }
      if (flush) N(flush)(sums, players, out + group * players * rows);
    }
  }
}

#undef FACTOR
#undef X
#undef N
#undef GLUE
#undef GLUE_
