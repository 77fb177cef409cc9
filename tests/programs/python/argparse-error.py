# argparse: usage, the program's name, status 2
# args: --count x extra
import argparse
parser = argparse.ArgumentParser(description="What it does.")
parser.add_argument("--count", type=int, default=1, help="how many (%(default)s)")
parser.add_argument("name", choices=["a", "b"])
print(parser.prog)
parser.print_help()
parser.parse_args()
