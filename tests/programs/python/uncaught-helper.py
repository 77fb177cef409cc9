# an error three files down, with the source of each line
# files: chain_a.py chain_b.py
import chain_a
def start():
    return [chain_a.go() for _ in range(2)]
if __name__ == "__main__":
    start()
