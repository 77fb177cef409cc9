// require of directories, json, cjs, cycles, missing and broken files
// files: lib/index.js data.json plain.cjs cycle_a.js cycle_b.js fails.js badsyntax.js
console.log(require('./lib'), require('./data'), require('./plain.cjs'), require('./cycle_a'));
console.log(module.children.map((m) => [require('path').basename(m.filename), m.loaded]));
for (const name of ['./none', 'none', './badsyntax', 'node:none', './lib/none', '', '/abs/none']) {
	try { require(name); } catch (e) { console.log(name, e.code, e.name, e.message, e.requireStack); }
}
try { require('./fails').go(); } catch (e) { console.log(e.stack.split('\n').slice(0, 4).join('\n')); }
console.log(require.resolve('./lib'), require.resolve('fs'), require.resolve.paths('x'), require('./lib') === require('./lib/index.js'));
delete require.cache[require.resolve('./data')]; require('./data.json').changed = 1; console.log(require('./data').changed);
