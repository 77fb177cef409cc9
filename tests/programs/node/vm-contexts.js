// vm: contexts, timeouts, cached data, modules, errors with file names
const vm = require('vm');
const c = vm.createContext({ x: 2, console });
console.log(vm.runInContext('x += 1; var y = 5; typeof process', c), c.x, c.y, vm.isContext(c), vm.runInThisContext('typeof require'), vm.runInNewContext('this.constructor.name'));
for (const f of [() => vm.runInNewContext('while (true);', {}, { timeout: 20 }), () => new vm.Script('a b', { filename: 'made.js', lineOffset: 9 }), () => vm.runInNewContext('null.x', {}, 'made.js'), () => vm.runInNewContext('eval("1")', {}, { contextCodeGeneration: { strings: false } }), () => vm.compileFunction('return a + b', ['a', 'b'])(1, 2)]) { try { console.log(f()); } catch (e) { console.log(e.code, e.name, e.message, e.stack.split('\n').slice(0, 3)); } }
const s = new vm.Script('1 + 1'); const data = s.createCachedData(); console.log(new vm.Script('1 + 1', { cachedData: data }).cachedDataRejected, s.runInThisContext());
console.log(vm.runInContext('[] instanceof Array', c), vm.runInContext('[]', c) instanceof Array);
