// messages and diffs of assert
const assert = require('assert');
for (const f of [
	() => assert.strictEqual(1, 2),
	() => assert.deepStrictEqual({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }),
	() => assert(0 === 1), () => assert.ok(null, 'own text'),
	() => assert.throws(() => {}), () => assert.match('abc', /x/), () => assert.notEqual(1, 1),
	() => assert.rejects, () => assert.ifError(new Error('e')), () => assert.fail(),
]) {
	try {
		f();
		console.log('fine');
	} catch (error) {
		console.log(error.name, error.code, error.message);
	}
}
assert.partialDeepStrictEqual?.({ a: 1, b: 2 }, { a: 1 });
