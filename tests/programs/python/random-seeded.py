# seeded random numbers are the same everywhere, shuffles too
import random
r = random.Random(42)
print(r.random(), r.randint(1, 100), r.gauss(0, 1), r.choices("abc", k=5), r.sample(range(100), 3))
deck = list(range(10))
r.shuffle(deck)
print(deck, r.getrandbits(64), r.randbytes(4).hex(), random.Random("text").random())
