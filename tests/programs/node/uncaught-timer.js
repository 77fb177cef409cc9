// an error in a timer callback, uncaught, with own fields
class Own extends Error {
	constructor() { super('own text'); this.name = 'Own'; this.code = 'E_OWN'; this.list = [1, { a: 2 }]; }
}
setTimeout(() => { throw new Own(); }, 1);
setTimeout(() => console.log('never'), 200);
