// the first async ids that a program sees
const { createHook, executionAsyncId } = require('async_hooks');
const seen = [];
const hook = createHook({ init: (id, type) => seen.push(type) }).enable();
setTimeout(() => {
	hook.disable();
	console.log(seen.filter((t) => t !== 'TickObject').join());
}, 1);
Promise.resolve().then(() => {});
setImmediate(() => {});
console.log(executionAsyncId());
