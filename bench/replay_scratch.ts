import { openFeatureEngine } from '@tillcast/core/features/feature-engine';
import { openRowBuilder } from '@tillcast/core/learning/rows';
import { replayShop } from './replay-shop.ts';
const n=Number(process.argv[2]); const mode=process.argv[3];
const ev=[...replayShop(n,1)];
const run=()=>{
  const c0=process.cpuUsage(); const t0=performance.now();
  if(mode==='apply'){const e=openFeatureEngine({timeZone:'UTC',allowedLatenessMs:0}); for(const x of ev)e.apply(x);}
  else {const b=openRowBuilder({target:'item',horizonMs:864e5,refundWindowMs:14*864e5,timeZone:'UTC',allowedLatenessMs:Number(process.argv[4]??0)},()=>{}); for(const x of ev)b.push(x); b.finish();}
  const c=process.cpuUsage(c0); console.log(mode,n,'wall us/ev',((performance.now()-t0)/n*1000).toFixed(2),'user',(c.user/n).toFixed(2), Math.round(1e6*n/((performance.now()-t0)*1000)*1)+' ev/s');
};
run();run();run();
