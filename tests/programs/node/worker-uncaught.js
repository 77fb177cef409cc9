// an error in a worker that nobody listens to
const { Worker } = require('worker_threads');
new Worker('console.log("in worker"); setTimeout(() => null.x, 1)', { eval: true });
