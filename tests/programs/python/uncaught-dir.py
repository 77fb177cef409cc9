# an error text that isn't printable, in a class with a broken __str__
class Broken(Exception):
    def __str__(self):
        raise ValueError("no text")
raise Broken("x")
