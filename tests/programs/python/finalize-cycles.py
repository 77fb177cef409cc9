# objects in cycles at the end: which __del__ runs, in which order
class Node:
    def __init__(self, name):
        self.name, self.other = name, None
    def __del__(self):
        print("del", self.name)
a, b = Node("a"), Node("b")
a.other, b.other = b, a
single = Node("single")
_private = Node("private")
def hold(node=Node("default")):
    pass
class Holder:
    node = Node("class")
print("main ends")
