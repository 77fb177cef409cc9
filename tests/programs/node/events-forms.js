// events: once, errors, limits, EventTarget, async iteration
const { EventEmitter, once, on, getEventListeners } = require('events');
const e = new EventEmitter({ captureRejections: true });
e.once('a', (...x) => console.log('once', x)); console.log(e.emit('a', 1), e.emit('a', 2));
try { e.emit('error', 'text'); } catch (err) { console.log(err.code, err.message); }
for (let n = 0; n < 11; n++) e.on('many', () => {});
console.log(e.listenerCount('many'), e.eventNames(), EventEmitter.defaultMaxListeners);
const t = new EventTarget(); t.addEventListener('x', (ev) => console.log(ev.type, ev.cancelable), { once: true }); t.dispatchEvent(new Event('x'));
(async () => {
	setTimeout(() => { e.emit('b', 5); }, 1);
	console.log(await once(e, 'b'), getEventListeners(e, 'b').length);
	e.on('error', (err) => console.log('rejected', err.message)); e.on('c', async () => { throw new Error('async'); }); e.emit('c');
	const ac = new AbortController(); setTimeout(() => { e.emit('d', 1); ac.abort(); }, 1);
	try { for await (const v of on(e, 'd', { signal: ac.signal })) console.log(v); } catch (err) { console.log(err.name); }
})();
