// things thrown that aren't errors, in children
const cp = require('child_process');
for (const text of ['throw 5', 'throw "text"', 'throw undefined', 'throw { a: 1 }', 'throw Object.create(null)', 'throw new Error("two\\nlines")', 'Promise.reject("r")', 'Promise.reject(undefined)', 'throw Symbol("s")', 'throw new AggregateError([new Error("a")], "m")', 'const e = new Error("m"); e.stack = "own stack"; throw e', 'throw Object.assign(new Error("m"), { stack: undefined })', 'process.nextTick(() => { throw new Error("tick") })', 'function f() { f() } f()']) {
	const r = cp.spawnSync(process.execPath, ['-e', text], { encoding: 'utf8' });
	console.log(text, r.status, r.stderr.replace(/Node.js v[\d.]+/, 'Node.js'));
}
