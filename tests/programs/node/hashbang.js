#!/usr/bin/env node
// the first line is for a shell
console.log('ran', __filename);
const fs = require('fs');
fs.chmodSync('main.js', 0o755);
if (!process.argv[2]) console.log(require('child_process').execFileSync('./main.js', ['again']).toString());
