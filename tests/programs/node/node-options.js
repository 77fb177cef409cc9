// NODE_OPTIONS of the session: heap, warnings, preload; what a child gets
// env: NODE_OPTIONS=--max-old-space-size=100\ --no-warnings\ --stack-trace-limit=2 NODE_ENV=production NODE_PATH=/work/mods
console.log(process.env.NODE_OPTIONS, process.execArgv, Error.stackTraceLimit, require('v8').getHeapStatistics().heap_size_limit < 400e6);
process.emitWarning('not shown');
console.log(require('child_process').execFileSync(process.execPath, ['-p', 'process.env.NODE_OPTIONS + Error.stackTraceLimit']).toString(), require.resolve.paths('x'), require('module').globalPaths);
(function a() { (function b() { (function c() { throw new Error('deep'); })(); })(); })();
