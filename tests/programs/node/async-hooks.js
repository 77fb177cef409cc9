// AsyncLocalStorage, AsyncResource and ids
const { AsyncLocalStorage, AsyncResource, executionAsyncId, triggerAsyncId } = require('async_hooks');
console.log(executionAsyncId(), triggerAsyncId());
const store = new AsyncLocalStorage();
store.run({ n: 1 }, async () => {
	await null;
	setTimeout(() => console.log('timer', store.getStore()), 1);
	process.nextTick(() => console.log('tick', store.getStore()));
	store.exit(() => console.log('exit', store.getStore()));
});
console.log(store.getStore(), new AsyncResource('X').runInAsyncScope(() => typeof executionAsyncId()));
