// id: RC-09.node   class: COMPAT
// expect-phase: failed   expect-exit: 4   expect-json: {"sum": 6}
// Node has the same global, its own exit code, and loses nothing on exit.
enclave.result({ sum: [1, 2, 3].reduce((a, b) => a + b) });
console.log("out");
process.exit(4);
