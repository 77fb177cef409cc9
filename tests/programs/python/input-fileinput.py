# fileinput, and cmd, over standard input
# stdin: greet bob\nnope\nEOF\n
import cmd, sys
class Shell(cmd.Cmd):
    prompt = "> "
    def do_greet(self, word):
        print("hello", word)
    def do_EOF(self, _):
        return True
Shell().cmdloop("welcome")
import fileinput
for line in fileinput.input(["main.py"]):
    print(fileinput.filename(), fileinput.lineno(), line, end="")
    break
