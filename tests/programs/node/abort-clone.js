// AbortController, AbortSignal.timeout and any, structuredClone
const s = AbortSignal.timeout(5); s.onabort = () => console.log(s.reason.name, s.reason.message);
const c = new AbortController(); const any = AbortSignal.any([c.signal, AbortSignal.timeout(5000)]); any.addEventListener('abort', (e) => console.log(e.type, any.reason)); c.abort('why');
try { c.signal.throwIfAborted(); } catch (e) { console.log(e); }
require('timers/promises').setTimeout(500, 0, { signal: AbortSignal.abort() }).catch((e) => console.log(e.name, e.code));
require('fs').readFile('main.js', { signal: AbortSignal.abort() }, (e) => console.log(e.code));
const o = { d: new Date(0), m: new Map([[1, new Set([2])]]), r: /x/g, e: new TypeError('t', { cause: 1 }), u: undefined, b: 5n, s: 'x' }; o.self = o;
const k = structuredClone(o); console.log(k.self === k, k.m, k.e.name, k.e.cause, k.r, Object.keys(k));
for (const v of [() => {}, Symbol('x'), new WeakMap(), Promise.resolve()]) try { structuredClone(v); } catch (e) { console.log(e.name, e.message); }
