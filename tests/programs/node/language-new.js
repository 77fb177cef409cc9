// newer language: using, iterators, groups, sets, errors of them
{ using a = { [Symbol.dispose]() { console.log('disposed'); } }; console.log('inside', typeof a); }
(async () => { await using b = { async [Symbol.asyncDispose]() { console.log('disposed later'); } }; throw new Error('x'); })().catch((e) => console.log(e.message));
console.log(Object.groupBy([1, 2, 3], (n) => (n % 2 ? 'odd' : 'even')), new Set([1, 2]).union(new Set([3])), [3, 1].toSorted(), [1, 2].with(0, 9), [..."ab"].entries().map(([n, c]) => n + c).toArray());
console.log(Promise.withResolvers !== undefined, Array.fromAsync !== undefined, RegExp.escape?.('a.b'), /(?<y>\d)|(?<y>x)/.exec('x').groups.y, Math.f16round?.(1.1), 'a'.at(-1), Error.isError?.(new Error()), Uint8Array.fromBase64?.name);
label: for (const x of [1, 2]) { for (;;) { continue label; } } console.log(((a, b = a, ...c) => [a, b, c])(1), 0.1 + 0.2, 2 ** 53 + 1, 7n / 2n, -7 % 3, [10, 9, 1].sort(), typeof null, void 0 ?? 'd');
try { null?.x.y; (undefined)?.(); let z = { get q() { throw new EvalError('getter'); } }; z.q; } catch (e) { console.log(e.name); }
