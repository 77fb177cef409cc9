// node as a child: -e, -p, -, --check, flags, bad options
const cp = require('child_process');
const run = (args, input = '') => {
	const r = cp.spawnSync(process.execPath, args, { input, encoding: 'utf8' });
	console.log(args, r.status, r.stdout.replace(/v\d+\.\d+\.\d+/, 'V').slice(0, 400), r.stderr.slice(0, 600));
};
run(['-e', 'console.log(process.argv, __filename, require.main === undefined, module.paths[0])', 'x']);
run(['-p', '[1,{a:2}]']);
run(['-'], 'console.log(__filename, process.argv)');
run(['--input-type=module', '-e', 'console.log(import.meta.url, typeof require)']);
run(['--check', 'main.js']);
run(['none.js']);
run(['--bad-option']);
run(['-v']);
run(['-e', 'throw new Error("in -e")']);
run(['--use-strict', '-p', '(function () { return this })()']);
run(['--stack-trace-limit=1', '-e', 'null.x']);
run(['-r', './none', '-e', '1']);
