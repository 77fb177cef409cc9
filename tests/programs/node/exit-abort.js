// process.abort: the status
console.log('before');
process.abort();
