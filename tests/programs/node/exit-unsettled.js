// top-level await that never settles: status 13
// files: esm.mjs
import './esm.mjs';
console.log('waits');
await new Promise(() => {});
