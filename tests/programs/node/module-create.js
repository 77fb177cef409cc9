// module: createRequire, builtins, wrapping, hooks, source maps
const m = require('module');
console.log(m.createRequire('/work/none/x.js').resolve.paths('a'), m.isBuiltin('fs'), m.isBuiltin('node:test'), m.isBuiltin('test'), m.wrap('x'));
const own = new m('own'); own._compile('module.exports = __filename + require("path").sep', '/made/up.js'); console.log(own.exports);
m.registerHooks?.({ resolve: (s, c, next) => s === 'made' ? { url: 'made:x', shortCircuit: true, format: 'commonjs' } : next(s, c), load: (u, c, next) => u === 'made:x' ? { source: 'module.exports = "made"', format: 'commonjs', shortCircuit: true } : next(u, c) });
console.log(require('made'), m.builtinModules.filter((n) => !n.startsWith('_')).join());
require.extensions['.txt'] = (mod, file) => { mod.exports = require('fs').readFileSync(file, 'utf8'); };
require('fs').writeFileSync('a.txt', 'text'); console.log(require('./a'), m.stripTypeScriptTypes && m._nodeModulePaths('/work'));
