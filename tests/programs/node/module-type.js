// children: package.json type module, .mjs and .cjs main files
const fs = require('fs');
const cp = require('child_process');
const run = (file, text) => {
	fs.mkdirSync('sub', { recursive: true });
	fs.writeFileSync('sub/' + file, text);
	const r = cp.spawnSync(process.execPath, ['sub/' + file], { encoding: 'utf8' });
	console.log(file, r.status, r.stdout, r.stderr.replace(/\(node:\d+\)/g, '(node)'));
};
run('a.mjs', 'console.log(typeof require, import.meta.filename)'); run('a.cjs', 'console.log(typeof require)'); run('a.js', 'import "fs"; console.log(typeof require)');
fs.writeFileSync('sub/package.json', '{"type": "module"}'); run('b.js', 'console.log(typeof require, this)'); run('c.js', 'require("fs")'); run('d.mjs', 'import x from "./none.mjs"'); run('e.mjs', 'import { nope } from "fs"'); run('f.mjs', 'await 1; throw new Error("late")');
fs.writeFileSync('sub/package.json', '{"type": "commonjs"}'); run('g.js', 'import "fs"'); fs.writeFileSync('sub/package.json', '{bad'); run('h.js', '1');
