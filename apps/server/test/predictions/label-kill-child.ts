// Decides the labels of a small shop from its beginning; killed anywhere, it is started again on the same file.
// argv: file, seed of the shop.
import { writeSync } from 'node:fs';
import { sqlitePredictionLog } from '@tillcast/stores/sqlite/prediction-log';
import { labelShop, live } from './label-shop.ts';

const [file, seed] = process.argv.slice(2);
const log = sqlitePredictionLog(file!);
writeSync(1, 'begun\n');
await live(log, labelShop(Number(seed)));
await log.close();
