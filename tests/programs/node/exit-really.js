// process.reallyExit: no exit event, the status
process.on('exit', () => console.log('not called'));
console.log('before');
process.reallyExit(21);
