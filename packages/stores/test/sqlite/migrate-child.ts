// Opens an embedded store, and is killed after so many statements of its migrations. argv: the file, the name of its schema, the number.
import Database from 'better-sqlite3';
import { openDatabase } from '../../src/sqlite/open-database.ts';
import { embeddedSchemas } from '../../src/sqlite/schemas.ts';

const [file = '', name = '', after = ''] = process.argv.slice(2);
let left = Number(after);
const { exec } = Database.prototype;
Database.prototype.exec = function run(sql: string) {
  for (const statement of sql.split(';').filter((text) => text.trim() !== '')) {
    exec.call(this, statement);
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  }
  return this;
};
openDatabase(file, embeddedSchemas[name]!).close();
process.stdout.write('whole');
