// a program that kills itself by SIGTERM
process.on('exit', () => console.log('not called'));
console.log('before');
process.kill(process.pid, 'SIGTERM');
setTimeout(() => console.log('not reached'), 2000);
