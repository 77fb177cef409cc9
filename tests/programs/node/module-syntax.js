// a main file with ES module syntax and no package.json
// files: esm.mjs
import fs, { existsSync } from 'fs';
import { name } from './esm.mjs';
console.log(typeof require, typeof module, this, import.meta.url, import.meta.filename, import.meta.dirname, import.meta.main);
console.log(name, existsSync('main.js'), fs.existsSync('none'), import.meta.resolve('./x.js'), await Promise.resolve('awaited'));
export default 1;
