// console: table, group, dir, assert, count, trace, formats
console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]);
console.group('group'); console.log('in\nside'); console.groupEnd();
console.log('%s %d %i %f %j %o %O %c %%', 'text', '42', 4.7, '1.5', { a: 1 }, [1], { b: { c: { d: {} } } }, 'css', 'rest');
console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
console.assert(false, 'asserted %s', 'text'); console.count(); console.count('x'); console.countReset(); console.count();
console.error('error', new Error('e').message); console.trace('traced');
console.timeEnd('none'); console.info(); console.log(-0, [undefined, , null], Symbol('s'), 10n, () => {}, class A {});
console.log(new console.Console(process.stdout).constructor.name, typeof console.context);
