// SharedArrayBuffer, Atomics, message ports, transfer, broadcast
const { Worker, MessageChannel, BroadcastChannel, receiveMessageOnPort, isMainThread, workerData, markAsUntransferable } = require('worker_threads');
if (isMainThread) {
	const a = new Int32Array(new SharedArrayBuffer(8));
	const { port1, port2 } = new MessageChannel();
	const w = new Worker(__filename, { workerData: { a, port2 }, transferList: [port2] });
	port1.on('message', (m) => { console.log(m, a); port1.close(); });
	new BroadcastChannel('b').onmessage = function (m) { console.log('broadcast', m.data); this.close(); };
	console.log(Atomics.wait(a, 0, 0, 5000), Atomics.load(a, 1));
	const t = new ArrayBuffer(4); structuredClone(t, { transfer: [t] }); console.log(t.byteLength, t.detached);
	const c = new MessageChannel(); c.port1.postMessage({ x: 1 }); console.log(receiveMessageOnPort(c.port2), receiveMessageOnPort(c.port2)); try { c.port1.postMessage(() => {}); } catch (e) { console.log(e.name, e.code); } c.port1.close();
} else {
	Atomics.store(workerData.a, 1, 7); Atomics.store(workerData.a, 0, 1); Atomics.notify(workerData.a, 0);
	workerData.port2.postMessage('done'); new BroadcastChannel('b').postMessage('all'); setTimeout(() => process.exit(), 30);
}
