// return at top level, and what follows
console.log('before');
if (process.argv.length) return;
console.log('never');
