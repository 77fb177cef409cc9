# meta path finders, modules made by hand, lazy attributes
import importlib.abc, importlib.machinery, importlib.util, sys, types
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name.startswith("made") else None
    def exec_module(self, module):
        module.value = len(module.__name__)
sys.meta_path.append(Finder())
import made, made_too
print(made.value, made_too, made.__spec__)
spec = importlib.util.spec_from_loader("own", loader=None); module = importlib.util.module_from_spec(spec); exec("x = 1", vars(module)); print(module.x, module)
print(importlib.util.find_spec("json").origin, importlib.util.find_spec("none"), importlib.util.source_hash(b"x").hex())
print(sys.builtin_module_names[:3], "json" in sys.stdlib_module_names, types.ModuleType("m"))
