// sloppy and strict functions: this, arguments, octals, undeclared names
undeclared = 1;
console.log(undeclared, globalThis.undeclared, delete globalThis.undeclared, 010, (function (a) { arguments[0] = 2; return a; })(1));
with ({ inside: 3 }) { console.log(inside); }
(function () {
	'use strict';
	try { other = 1; } catch (e) { console.log(e.message); }
	console.log(this, (function (a) { arguments[0] = 2; return a; })(1));
	try { Object.freeze([]).push(1); } catch (e) { console.log(e.message); }
})();
var declared = 5; console.log(globalThis.declared, typeof hoisted); function hoisted() {} 
console.log(eval('var e = 1; e'), e, new Function('return typeof require')(), (0, eval)('typeof module'));
