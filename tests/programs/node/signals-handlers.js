// process signals: handlers, children, exit by a signal in a handler
process.on('SIGUSR2', (name, number) => { console.log(name, number); process.removeAllListeners('SIGUSR2'); process.kill(process.pid, 'SIGTERM'); });
process.on('SIGTERM', () => { console.log('asked to end'); clearInterval(keep); });
const keep = setInterval(() => {}, 1000);
process.kill(process.pid, 'SIGUSR2');
const c = require('child_process').spawn('sh', ['-c', 'trap "echo trapped; exit 3" INT; echo ready; while :; do sleep 0.05; done'], { stdio: ['ignore', 'pipe', 'ignore'] });
c.stdout.on('data', (d) => { if (String(d).includes('ready')) c.kill('SIGINT'); else console.log(String(d).trim()); }); c.on('exit', (...a) => console.log('exit', a, c.killed, c.signalCode));
console.log(process.kill(process.pid, 0), process.listenerCount('SIGTERM'));
