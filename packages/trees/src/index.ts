// What a stranger imports. The one barrel of the house: a published package needs one address that stays while files move behind it. Inside the
// house modules are imported by their own sub-path (test/publish/entry.test.ts).
export type { EncodeRowOptions } from './encode-row.ts';
export { encodeRow, RowError } from './encode-row.ts';
export type { Backend, Engine, EngineOptions, Lanes } from './engine.ts';
export { openEngine } from './engine.ts';
export type { ModelFilePlace } from './errors.ts';
export { ModelFileError } from './errors.ts';
export type { Forest, ForestKind } from './forest.ts';
export { rowWidth } from './forest.ts';
export type { ReadForestOptions } from './read-forest.ts';
export { readForest } from './read-forest.ts';
export type { InteractionExplainer } from './shap/interactions.ts';
export { openInteractionExplainer } from './shap/interactions.ts';
export { openInterventionalExplainer } from './shap/interventional.ts';
export type { TreeExplainer } from './shap.ts';
export type { Waterfall, WaterfallOptions, WaterfallStep } from './waterfall.ts';
export { waterfallOf } from './waterfall.ts';
export type { WaterfallSvgOptions } from './waterfall-svg.ts';
export { waterfallSvg } from './waterfall-svg.ts';
export type { WaterfallTextOptions } from './waterfall-text.ts';
export { waterfallText } from './waterfall-text.ts';
