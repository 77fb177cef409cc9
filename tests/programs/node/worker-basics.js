// worker_threads: data, messages, env, argv, names, ids, exit
const { Worker, isMainThread, workerData, parentPort, threadId, threadName, SHARE_ENV, resourceLimits } = require('worker_threads');
if (isMainThread) {
	process.env.SEEN = 'by parent';
	const w = new Worker(__filename, { workerData: new Map([['k', 1n]]), argv: ['a'], env: { OWN: '1' }, name: 'named', execArgv: ['--no-warnings'], resourceLimits: { maxOldGenerationSizeMb: 50 } });
	w.on('message', (m) => console.log(m)).on('exit', (c) => console.log('exit', c, threadId));
	w.postMessage({ ask: [1, 2] });
} else {
	parentPort.once('message', (m) => {
		parentPort.postMessage([m, workerData, process.argv.slice(2), process.env, process.execArgv, threadId, resourceLimits.maxOldGenerationSizeMb, require.main === module, typeof threadName, process.title, process._preload_modules]);
		process.exit(5);
	});
}
