// inspector within the process: evaluate, coverage, without a port
const inspector = require('inspector');
const s = new inspector.Session(); s.connect();
s.post('Runtime.evaluate', { expression: '6 * 7' }, (e, r) => console.log(e, r.result.value));
s.post('Profiler.enable'); s.post('Profiler.startPreciseCoverage'); s.post('Profiler.takePreciseCoverage', (e, r) => console.log(e, r.result.every((f) => f.url === '' || f.scriptId)));
s.post('None.such', (e) => console.log(e.code, e.message)); console.log(inspector.url()); s.disconnect();
debugger; console.log('a debugger statement is nothing');
