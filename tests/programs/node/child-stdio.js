// stdio of children: inherit, ignore, descriptors, cwd, env, detached
const cp = require('child_process');
const fs = require('fs');
cp.spawnSync('sh', ['-c', 'echo inherits; echo error >&2'], { stdio: 'inherit' });
const fd = fs.openSync('out', 'w+');
console.log(cp.spawnSync('sh', ['-c', 'echo to file; pwd; echo $A$PATH'], { stdio: ['ignore', fd, fd], cwd: '/tmp', env: { A: '1' } }).output);
console.log(fs.readFileSync('out', 'utf8'));
console.log(cp.spawnSync('sh', ['-c', 'echo three >&3'], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] }).output.map(String));
const c = cp.spawn('sh', ['-c', 'echo detached'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
c.stdout.setEncoding('utf8').on('data', (t) => console.log(t.trim()));
console.log(cp.spawnSync('true').status, cp.spawnSync(process.execPath, ['-p', 'process.argv.length', 'x']).stdout.toString());
