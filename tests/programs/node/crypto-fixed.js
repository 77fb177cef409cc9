// crypto: hashes, ciphers, keys from seeds, signatures that are fixed
const c = require('crypto');
console.log(c.createHash('sha256').update('abc').digest('hex'), c.hash('md5', 'abc'), c.createHmac('sha1', 'k').update('m').digest('base64'));
console.log(c.pbkdf2Sync('pw', 's', 1000, 16, 'sha512').toString('hex'), c.scryptSync('pw', 's', 16).toString('hex'), Buffer.from(c.hkdfSync('sha256', 'k', 's', 'i', 8)).toString('hex'));
const a = c.createCipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12));
console.log(a.update('text', 'utf8', 'hex') + a.final('hex'), a.getAuthTag().toString('hex'));
const key = c.createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 1)]), format: 'der', type: 'pkcs8' });
console.log(c.sign(null, Buffer.from('m'), key).toString('hex'), c.createPublicKey(key).export({ type: 'spki', format: 'pem' }));
console.log(c.getHashes().length, c.getCiphers().length, c.getCurves().length, c.getFips(), c.randomBytes(4).length, c.timingSafeEqual(Buffer.from('a'), Buffer.from('a')));
for (const f of [() => c.createHash('none'), () => c.createCipheriv('aes-128-cbc', 'short', ''), () => c.timingSafeEqual(Buffer.alloc(1), Buffer.alloc(2)), () => c.createPrivateKey('junk')]) {
	try { f(); } catch (e) { console.log(e.code, e.message); }
}
c.subtle.digest('SHA-1', Buffer.from('x')).then((d) => console.log(Buffer.from(d).toString('hex')));
