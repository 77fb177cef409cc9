// require() of an ES module, with and without top-level await
// files: esm.mjs tla.mjs
console.log(require('./esm.mjs'), require('./esm.mjs').default());
try { require('./tla.mjs'); } catch (e) { console.log(e.code, e.message.split('\n')[0]); }
console.log(module.children.length, require.cache[require.resolve('./esm.mjs')].exports === require('./esm.mjs'));
