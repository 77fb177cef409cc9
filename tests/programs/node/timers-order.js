// the order of nextTick, promises, immediates, timers, messages
setTimeout(() => { console.log('timeout'); setImmediate(() => console.log('immediate in timeout')); Promise.resolve().then(() => console.log('promise in timeout')); process.nextTick(() => console.log('tick in timeout')); }, 1);
Promise.resolve().then(() => { console.log('promise'); process.nextTick(() => console.log('tick in promise')); }).then(() => console.log('second promise'));
process.nextTick(() => { console.log('tick'); Promise.resolve().then(() => console.log('promise in tick')); });
queueMicrotask(() => console.log('microtask'));
require('fs').readFile('main.js', () => { setTimeout(() => console.log('timeout after file'), 0); setImmediate(() => console.log('immediate after file')); });
(async () => { console.log('async start'); await null; console.log('async after'); })();
console.log('sync');
