// a repl over standard input
// stdin: 1 + 1\nconst x = {a: 1}\nx\nx.b.c\nfunction f() {\nreturn 2\n}\nf()\n.help\n_\nawait 5\n
require('repl').start({ prompt: '> ', useColors: false }).on('exit', () => console.log('left'));
