// dns of localhost and of names that don't exist
const dns = require('dns').promises;
(async () => {
    console.log(await dns.lookup('localhost', { all: true }));
    console.log(await dns.lookup('127.0.0.1'), await dns.lookup('::1'));
    console.log(await dns.lookupService('127.0.0.1', 80));
    console.log(dns.getDefaultResultOrder(), require('net').isIP('::1'));
})();
