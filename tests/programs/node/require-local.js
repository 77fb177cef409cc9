// require('./lib') of a file that came along
// files: lib.js
const lib = require('./lib.js');
console.log(lib.twice(21));
