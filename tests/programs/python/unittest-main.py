# unittest.main() finds the tests of the main file and exits with 1
import re, sys, unittest
class Masked:
    def write(self, text):
        sys.stdout.write(re.sub(r"\d\.\d{3}s", "N s", text))
    def flush(self):
        pass
class T(unittest.TestCase):
    def test_a(self):
        self.assertMultiLineEqual("a\nb\n", "a\nc\n")
    def test_b(self):
        raise OSError(2, "gone")
    @unittest.expectedFailure
    def test_c(self):
        self.fail()
if __name__ == "__main__":
    unittest.main(testRunner=unittest.TextTestRunner(stream=Masked(), verbosity=2))
