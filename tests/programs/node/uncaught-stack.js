// stacks: limits, prepareStackTrace, call sites, async frames
Error.stackTraceLimit = 3;
function a() { return new Error('x').stack; }
console.log(a().split('\n').length, a().split('\n')[1]);
Error.prepareStackTrace = (e, sites) => sites.map((s) => [s.getFunctionName(), s.getLineNumber(), s.getColumnNumber(), s.getFileName(), s.isToplevel(), s.getTypeName()]);
console.log(a()); Error.prepareStackTrace = undefined;
(async () => { await 1; const f = async () => { await 2; throw new Error('deep'); }; try { await f(); } catch (e) { console.log(e.stack); } })();
console.log(require('util').getCallSites?.().map((s) => [s.functionName, s.lineNumber]));
Error.stackTraceLimit = 100; console.log(new Error('whole').stack);
