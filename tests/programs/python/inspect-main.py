# source and frames of the main file
import inspect, linecache, sys
def f(a, *, b=2):
    """Documented."""  # and commented
    return inspect.currentframe().f_lineno, [frame.function for frame in inspect.stack()]
class C:
    def m(self): pass
print(inspect.getsource(f), inspect.getsourcelines(C), inspect.getfile(C), inspect.getmodule(f), inspect.getsourcefile(f))
print(f(1), inspect.signature(f), inspect.getdoc(f), linecache.getline(__file__, 2), C.__module__, f.__code__.co_filename)
print(sys._getframe().f_code.co_name, sys._getframe().f_back, inspect.stack()[0].code_context, [s.filename for s in inspect.stack()])
print(inspect.getcomments(f), inspect.getmodulename(__file__))
