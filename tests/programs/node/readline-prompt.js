// readline with an output: prompt, echo and close
// stdin: one\ntwo\n
const rl = require('readline').createInterface({ input: process.stdin, output: process.stdout, prompt: 'p> ' });
rl.prompt();
rl.on('line', (l) => { console.log('got', l); rl.prompt(); }).on('close', () => console.log('closed'));
