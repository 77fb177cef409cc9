// a package: exports, conditions, imports, subpaths, refusals
// files: node_modules/dep/package.json node_modules/dep/m.mjs node_modules/dep/c.cjs node_modules/dep/sub.js
console.log(require('dep'), require('dep/sub'));
import('dep').then((m) => console.log(m));
for (const name of ['dep/c.cjs', 'dep/hidden/x', 'dep/package.json', '#none']) {
	try { require(name); } catch (e) { console.log(name, e.code, e.message); }
	import(name).catch((e) => console.log('import', name, e.code, e.message));
}
console.log(require.resolve('dep'), require('module').findPackageJSON?.('dep', __filename));
