# ast, tokenize, dis, symtable, code objects and compileall
import ast, compileall, dis, io, os, py_compile, symtable, tokenize
print(ast.unparse(ast.parse("def f(x, *a): return [y for y in x if y]")))
print([(tokenize.tok_name[t.type], t.string) for t in tokenize.generate_tokens(io.StringIO("a = 1 # c\n").readline)])
dis.dis(compile("a + b", "x", "eval"))
print(symtable.symtable("def f(): global g; x = g", "f", "exec").get_children()[0].get_globals())
open("good.py", "w").write("x = 1\n"); open("bad.py", "w").write("x =\n")
print(compileall.compile_file("good.py", quiet=1), compileall.compile_file("bad.py", quiet=2), os.listdir("__pycache__"))
try:
    py_compile.compile("bad.py", doraise=True)
except py_compile.PyCompileError as error:
    print(error)
