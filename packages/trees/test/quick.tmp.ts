import { readFileSync } from 'node:fs';
import { readForest } from '../src/read-forest.ts';
import { score, scoreExact } from '../src/score.ts';
import { openExplainer } from '../src/shap.ts';
const e = JSON.parse(readFileSync('/tmp/ex/q.json','utf8'));
for (const c of e) {
  const f = readForest(readFileSync(c.file,'utf8'), {file:c.file});
  const ex = openExplainer(f); const out = new Float64Array(f.featureCount);
  let raw=0, shap=0, add=0;
  c.rows.forEach((r: any[], i: number) => { const row = r.map((v)=> v===null?NaN: v==='inf'?Infinity: v==='-inf'?-Infinity:v);
    raw=Math.max(raw, Math.abs(score(f,row)-c.raw[i]));
    const b = ex.explain(row,out); let s=b; for (let k=0;k<out.length;k++){ s+=out[k]!; shap=Math.max(shap,Math.abs(out[k]!-c.shap[i][k])); }
    shap=Math.max(shap,Math.abs(b-c.shap[i][f.featureCount])); add=Math.max(add,Math.abs(s-scoreExact(f,row)));
  });
  console.log(c.file, f.kind, f.treeCount, 'raw',raw,'shap',shap,'add',add);
}
