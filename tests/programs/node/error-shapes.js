// errors: causes, AggregateError, codes, stacks, DOMException
const { inspect } = require('util');
const e = new Error('outer', { cause: new TypeError('inner') });
console.log(inspect(e).replace(/\n\s+at (?!.*main\.js).*/g, ''));
console.log(new AggregateError([new Error('a')], 'many').message, new DOMException('t', 'AbortError').code);
for (const f of [() => null.x, () => undefined(), () => x, () => { const y = 1; y = 2; }, () => new Array(-1), () => JSON.parse('{"a":}'), () => BigInt(1.5), () => 'x'.repeat(-1), () => decodeURI('%'), () => structuredClone(() => {}), () => Symbol() + '']) {
	try { f(); } catch (err) { console.log(err.name, err.message); }
}
function own() { const o = {}; Error.captureStackTrace(o, own); return o.stack.split('\n').length; }
console.log(Error.stackTraceLimit, own() > 1, require('fs').readFile.name);
