// the owner of a symlink set to what it is
const fs = require('fs');
fs.symlinkSync('none', 'l');
fs.lchownSync('l', process.getuid(), process.getgid());
fs.lutimesSync('l', 1, 2);
console.log(fs.lstatSync('l').mtimeMs, fs.lstatSync('l').uid);
