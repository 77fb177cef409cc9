// fs.watch and watchFile see changes
const fs = require('fs');
fs.writeFileSync('f', '');
const seen = new Set();
const w = fs.watch('.', (event, name) => {
	seen.add(`${event} ${name}`);
	if (name === 'last') { w.close(); console.log([...seen].sort()); }
});
setTimeout(() => { fs.writeFileSync('f', 'x'); fs.renameSync('f', 'g'); fs.unlinkSync('g'); fs.writeFileSync('last', ''); }, 30);
try { fs.watch('none'); } catch (e) { console.log(e.message); }
fs.watchFile('p', { interval: 20 }, (now, was) => { if (now.size) { console.log(was.size, now.size); fs.unwatchFile('p'); } });
setTimeout(() => fs.writeFileSync('p', 'text'), 60);
