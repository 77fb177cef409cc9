// a .ts file with types, as a child and by require
const fs = require('fs');
const cp = require('child_process');
fs.writeFileSync('a.ts', 'const n: number = 5; interface A { x: string }; console.log(n as unknown); module.exports = n;');
fs.writeFileSync('b.ts', 'enum E { A }; console.log(E.A);');
for (const f of ['a.ts', 'b.ts']) {
	const r = cp.spawnSync(process.execPath, [f], { encoding: 'utf8' });
	console.log(r.status, r.stdout, r.stderr.replace(/\(node:\d+\)/g, '(node)').split('\n').slice(0, 8));
}
console.log(require('./a.ts'));
