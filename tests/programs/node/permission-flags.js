// the permission model in a child: reading, children, workers
const cp = require('child_process');
const run = (flags, code) => { const r = cp.spawnSync(process.execPath, ['--permission', ...flags, '-e', code], { encoding: 'utf8' }); console.log(flags, r.status, r.stdout, /code: '[^']*'|permission: '[^']*'/g[Symbol.match](r.stderr)); };
run([], 'require("fs").readFileSync("main.js")'); run(['--allow-fs-read=/work/'], 'console.log(require("fs").readFileSync("/work/main.js").length > 9, process.permission.has("fs.write"))');
run(['--allow-fs-read=*'], 'require("fs").writeFileSync("x", "")'); run(['--allow-fs-read=*'], 'require("child_process").spawn("ls")'); run(['--allow-fs-read=*'], 'new (require("worker_threads").Worker)("1", { eval: true })');
