// string_decoder, TextDecoder and TextEncoder over split characters
const { StringDecoder } = require('string_decoder');
const d = new StringDecoder('utf8'); console.log([d.write(Buffer.from([0xe6])), d.write(Buffer.from([0x97, 0xa5, 0xf0])), d.end()]);
console.log(new TextDecoder('shift_jis').decode(Buffer.from([0x93, 0xfa])), new TextDecoder('utf-16le').decode(Buffer.from('hé', 'utf16le')), new TextEncoder().encodeInto('é', new Uint8Array(1)));
for (const f of [() => new TextDecoder('none'), () => new TextDecoder('utf8', { fatal: true }).decode(Buffer.from([255])), () => new StringDecoder('none')]) { try { f(); } catch (e) { console.log(e.code, e.message); } }
console.log(new TextDecoder('windows-1252').encoding, new TextDecoder().ignoreBOM, 'ab\ud800'.isWellFormed());
