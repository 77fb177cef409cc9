// dns of localhost and of names that don't exist
const dns = require('dns');
dns.lookup('localhost', { all: true }, (e, a) => console.log(e, a));
dns.promises.lookup('127.0.0.1').then(console.log);
dns.lookup('::1', (e, a, f) => console.log(a, f));
dns.lookupService('127.0.0.1', 80, (e, host, service) => console.log(e && e.code, host, service));
console.log(dns.getDefaultResultOrder(), require('net').isIP('::1'));
