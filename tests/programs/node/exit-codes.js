// exit statuses of children by many ways
const cp = require('child_process');
for (const code of ['process.exit()', 'process.exit(5)', 'process.exit(256 + 3)', 'process.exit(-1)', 'process.exit("7")', 'process.exit("x")', 'process.exit(1.5)', 'process.exitCode = 4', 'process.exitCode = 4; process.exit()', 'process.exitCode = 4; throw 1', 'process.exitCode = "3"', 'process.exitCode = null', 'process.reallyExit(8)', 'process.abort()', 'process.kill(process.pid)', 'process.kill(process.pid, "SIGKILL"); while(1);', 'throw null', 'Promise.reject(new Error("r"))', 'Promise.reject(5)', 'process.on("exit", () => { process.exitCode = 9 })', 'process.on("exit", () => { throw 1 })', 'process.on("uncaughtException", () => { throw 1 }); throw 2', 'syntax error', 'process.on("exit", (c) => process.exit(c + 1)); process.exit(2)', 'setTimeout(() => process.exit(6), 1); setTimeout(() => {}, 1e6)']) {
	const r = cp.spawnSync(process.execPath, ['-e', code]);
	console.log(code, '=>', r.status, r.signal);
}
