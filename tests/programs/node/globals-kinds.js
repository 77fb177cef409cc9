// this, globalThis, module wrapper and what it hands over
console.log(this === module.exports, this === exports, typeof global, globalThis === global, arguments.length, typeof arguments[1]);
console.log(module.id, module.filename, module.loaded, module.paths, module.children, module.parent, require.main === module);
console.log(__filename, __dirname, Object.keys(require), Object.keys(require.cache), require.extensions && Object.keys(require.extensions));
console.log((function () { return this === globalThis; })(), (() => this === module.exports)(), typeof navigator, navigator.language, navigator.platform);
console.log(process.mainModule === module, require('module').builtinModules.length, module.constructor.name, module.isPreloading);
