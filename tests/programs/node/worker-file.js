// workers from mjs files and data urls, import in them, terminate
// files: esm.mjs
const { Worker } = require('worker_threads');
const fs = require('fs');
fs.writeFileSync('w.mjs', 'import { name } from "./esm.mjs"; import { parentPort } from "worker_threads"; parentPort.postMessage([name, import.meta.url, typeof require]); setInterval(() => {}, 1000); await new Promise(() => {});');
const w = new Worker('./w.mjs');
w.on('message', (m) => { console.log(m); w.terminate().then((c) => console.log('terminated', c)); }).on('exit', (c) => { console.log('exit', c); next(); });
try { new Worker('relative.js'); } catch (e) { console.log(e.code, e.message); }
const next = () => new Worker(new URL('data:text/javascript,console.log("data url")')).on('exit', () => new Worker('./none.js').on('error', (e) => console.log(e.code, e.message)));
