// cluster: two workers on one port of loopback
const cluster = require('cluster');
const http = require('http');
if (cluster.isPrimary) {
	cluster.setupPrimary({ args: ['w'] });
	const worker = cluster.fork({ MARK: 'm' });
	cluster.on('listening', (w, a) => http.get({ port: a.port, host: '127.0.0.1', agent: false }, (r) => r.on('data', (d) => {
		console.log(String(d), w.id);
		w.disconnect();
	})));
	worker.on('exit', (code, signal) => console.log('exit', code, signal, worker.exitedAfterDisconnect));
	console.log(cluster.schedulingPolicy, Object.keys(cluster.workers));
} else {
	http.createServer((q, r) => r.end(`${process.env.MARK} ${cluster.worker.id} ${process.argv[2]}`)).listen(0, '127.0.0.1');
}
