// descriptor 1 closed, then written
const fs = require('fs');
console.log('before');
fs.closeSync(1);
try { fs.writeSync(1, 'x'); } catch (e) { console.error(e.code); }
