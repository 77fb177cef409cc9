// v8: serialize, heap facts, flags, snapshots' absence
const v8 = require('v8');
console.log(v8.deserialize(v8.serialize(new Map([[1, { d: new Date(0), b: 5n, e: new RangeError('r').message }]]))), v8.serialize('é').toString('hex'));
console.log(Object.keys(v8.getHeapStatistics()), v8.getHeapSpaceStatistics().map((s) => s.space_name), v8.cachedDataVersionTag() > 0, v8.startupSnapshot.isBuildingSnapshot());
v8.setFlagsFromString('--expose-gc'); console.log(typeof require('vm').runInNewContext('gc'), typeof globalThis.gc);
try { v8.deserialize(Buffer.from('junk')); } catch (e) { console.log(e.message); }
console.log(v8.getHeapCodeStatistics() && v8.isStringOneByteRepresentation?.('a'), v8.GCProfiler.name);
