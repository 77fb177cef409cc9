# doctest of __main__, unittest with its status
import doctest, io, sys, unittest
def add(a, b):
    """
    >>> add(1, 2)
    3
    >>> add(1, "x")
    Traceback (most recent call last):
    TypeError: unsupported operand type(s) for +: 'int' and 'str'
    >>> add(2, 2)
    5
    """
    return a + b
print(doctest.testmod())
class T(unittest.TestCase):
    def test_good(self):
        self.assertEqual(add(1, 1), 2)
    @unittest.skip("why not")
    def test_skip(self):
        pass
    def test_sub(self):
        with self.subTest(n=1):
            self.assertIn(1, [2])
class Quiet(unittest.TextTestResult):
    pass
result = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(T))
print(result, result.failures[0][1])
sys.exit(not result.wasSuccessful())
