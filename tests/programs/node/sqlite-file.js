// node:sqlite: a file, statements, errors
const { DatabaseSync } = require('node:sqlite');
const fs = require('fs');
const db = new DatabaseSync('data.db');
db.exec('create table t (id integer primary key, name text unique); insert into t (name) values (\'a\'), (\'é\')');
console.log(db.prepare('select * from t where id > ?').all(0), db.prepare('insert into t (name) values (?)').run('b').lastInsertRowid);
try { db.exec('insert into t (name) values (\'a\')'); } catch (e) { console.log(e.code, e.errcode, e.message); }
db.function('twice', (x) => x * 2); console.log(db.prepare('select twice(21) as n').get().n, db.prepare('pragma journal_mode=wal').get(), fs.readdirSync('.').sort());
db.close(); console.log(fs.readdirSync('.').sort(), fs.statSync('data.db').size);
try { db.exec('select 1'); } catch (e) { console.log(e.message); }
