// perf_hooks: marks, measures, entry kinds, histograms
const { performance, PerformanceObserver, createHistogram, constants } = require('perf_hooks');
performance.mark('a', { detail: 1 }); performance.measure('m', 'a');
console.log(performance.getEntries().map((e) => [e.name, e.entryType, e.duration >= 0, e.detail]), PerformanceObserver.supportedEntryTypes, Object.keys(constants).length);
new PerformanceObserver((l, o) => { console.log(l.getEntriesByName('b').length); o.disconnect(); }).observe({ entryTypes: ['mark'] });
performance.mark('b');
const h = createHistogram(); h.record(5); h.record(7); console.log(h.min, h.max, h.mean, h.count);
console.log(typeof performance.timeOrigin, performance.now() > 0, performance.nodeTiming.bootstrapComplete > 0, performance.eventLoopUtilization().idle >= 0);
