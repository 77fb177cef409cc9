// timers: refs, refresh, arguments, odd delays, promises, intervals
const t = setTimeout(() => {}, 5); console.log(t.hasRef(), t.unref().hasRef(), typeof t[Symbol.toPrimitive](), t._idleTimeout, setTimeout(() => {}, -5)._idleTimeout, setTimeout(() => {}, NaN)._repeat);
const big = setTimeout(() => console.log('big delay'), 2 ** 40); console.log(big._idleTimeout);
setTimeout((...a) => console.log(a), 1, 'x', 'y'); clearTimeout('none'); clearTimeout(+setTimeout(() => console.log('never'), 1));
let n = 0; const i = setInterval(() => { if (++n === 3) { clearInterval(i); console.log('three'); later(); } }, 1);
const later = (async () => { const p = require('timers/promises'); for await (const v of p.setInterval(1, 'v')) { console.log(v); break; } console.log(await p.setImmediate('im'), await p.scheduler.wait(1)); });
try { setTimeout('text', 1); } catch (e) { console.log(e.code); }
setTimeout(() => console.log('unref keeps nothing'), 60_000).unref();
