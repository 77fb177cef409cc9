// beforeExit, exit, and what still runs in them
process.on('beforeExit', (c) => { console.log('beforeExit', c); if (!again) { again = true; setTimeout(() => console.log('more work'), 1); } });
let again = false;
process.on('exit', (c) => { console.log('exit', c, process.exitCode); setTimeout(() => console.log('never'), 0); Promise.resolve().then(() => console.log('never')); process.exitCode = 12; });
process.exitCode = 2;
console.log('main ends');
