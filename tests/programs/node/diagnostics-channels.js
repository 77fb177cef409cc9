// diagnostics_channel and events of it
const dc = require('diagnostics_channel');
const ch = dc.channel('own');
ch.subscribe((m, name) => console.log(name, m));
ch.publish({ n: 1 });
console.log(ch.hasSubscribers, dc.hasSubscribers('other'));
const t = dc.tracingChannel('work');
t.subscribe({ start: () => console.log('start'), end: () => console.log('end'), error: (m) => console.log(m.error.message) });
try { t.traceSync(() => { throw new Error('x'); }); } catch (e) { console.log('thrown'); }
