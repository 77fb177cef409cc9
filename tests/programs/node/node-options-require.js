// NODE_OPTIONS with a preloaded file of the program's
// files: lib.js
// env: NODE_OPTIONS=--require=./lib.js
console.log(process._preload_modules, process.execArgv, process.env.NODE_OPTIONS, Object.keys(require.cache).map((f) => require('path').basename(f)));
