// uncaughtException, unhandledRejection, monitors and warnings
process.on('uncaughtExceptionMonitor', (e, origin) => console.log('monitor', e.message, origin));
process.on('uncaughtException', (e, origin) => console.log('caught', e.message, origin));
process.on('unhandledRejection', (e, p) => console.log('rejection', e, p instanceof Promise));
process.on('rejectionHandled', () => console.log('handled later'));
process.on('warning', (w) => console.log('warning', w.name, w.message, w.code));
const p = Promise.reject('r');
setTimeout(() => p.catch(() => {}), 5);
setTimeout(() => { throw new Error('timer'); }, 1);
process.emitWarning('own', { type: 'Kind', code: 'C1', detail: 'more' });
process.emitWarning('old', 'DeprecationWarning', 'DEP0');
throw new Error('top');
