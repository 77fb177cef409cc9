// errors that parsing finds early: a second declaration, await in a function
let x = 1;
function f() { await x; }
