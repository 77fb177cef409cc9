# code.interact and InteractiveConsole with standard input
# stdin: 1 + 1\nx = [2]\nx\n1/0\nfor n in range(2):\n    print(n)\n\nexit()\n
import code
code.interact(banner="banner", exitmsg="bye", local={})
