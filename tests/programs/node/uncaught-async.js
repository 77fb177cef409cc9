// an error after an await, uncaught
async function inner() {
	await null;
	throw new TypeError('after await', { cause: new Error('why') });
}
async function outer() {
	await inner();
}
outer();
console.log('goes on');
