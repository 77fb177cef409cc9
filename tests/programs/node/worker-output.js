// what workers print, to both streams, and what a parent takes
const { Worker } = require('worker_threads');
const run = (code, options) => new Promise((done) => {
	const w = new Worker(code, { eval: true, ...options });
	w.stdout.on('data', (d) => options.stdout && console.log('taken', String(d)));
	w.on('error', (e) => console.log('error', e.name, e.message)).on('exit', (c) => { console.log('exit', c); done(); });
	if (options.stdin) w.stdin.end('given');
});
(async () => {
	await run('console.log("out"); console.error("err"); process.stdout.write("end\\n")', {});
	await run('console.log("out"); process.exit(2)', { stdout: true });
	await run('process.stdin.on("data", (d) => console.log(String(d)))', { stdin: true });
	await run('throw new TypeError("bad")', {}); await run('Promise.reject(new Error("r"))', {}); await run('process.exitCode = 4', {}); await run('syntax error', {});
	await run('process.chdir("/")', {}); await run('process.on("exit", (c) => console.log("exiting", c))', {}); await run('setInterval(() => {}, 9); require("worker_threads").parentPort.close(); process.abort === undefined; setTimeout(() => process.exit(), 5)', {});
})();
