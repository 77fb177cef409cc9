// child_process: exec, execFile, spawn and their sync forms
const cp = require('child_process');
console.log(cp.execSync('echo out; exit 0').toString(), { ...cp.spawnSync('sh', ['-c', 'echo e >&2; exit 3']), pid: 0 }, cp.execFileSync('cat', { input: 'in', encoding: 'utf8' }));
for (const f of [() => cp.execSync('exit 4', { stdio: 'pipe' }), () => cp.execFileSync('none'), () => cp.spawnSync('sleep', ['9'], { timeout: 30 }).error]) {
	try { const r = f(); console.log(r.code, r.syscall); } catch (e) { console.log(e.message, e.status, e.code); }
}
cp.exec('echo x; kill -9 $$', (error, stdout) => {
	console.log(error.killed, error.code, error.signal, JSON.stringify(stdout));
	const c = cp.spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
	c.stdout.on('data', (d) => console.log('data', String(d)));
	c.on('spawn', () => console.log('spawn')).on('exit', (...a) => console.log('exit', a)).on('close', (...a) => {
		console.log('close', a);
		cp.spawn('none').on('error', (e) => console.log(e.code, e.path, e.spawnargs));
	});
	c.stdin.end('text');
}).pid > 0 || console.log('no pid');
