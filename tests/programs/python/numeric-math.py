# math, cmath, decimal, fractions, statistics: the last digit too
import cmath, decimal, fractions, math, statistics, sys
for f in math.sin, math.exp, math.log, math.gamma, math.erf, math.cbrt, math.atanh:
    print(f.__name__, f(0.7).hex())
print(cmath.sqrt(-2), cmath.exp(1j).real.hex(), math.fsum([0.1] * 10), math.pow(1.1, 100).hex())
decimal.getcontext().prec = 50
print(decimal.Decimal(2).sqrt(), decimal.Decimal("1e400") * 3)
print(fractions.Fraction(math.pi).limit_denominator(1000), statistics.stdev([1, 2, 4]), statistics.NormalDist().cdf(1))
print(sys.float_info.max, sys.float_info.epsilon, sys.int_info, sys.hash_info.width, hash(0.5), hash(-1))
try:
    int("9" * 5000)
except ValueError as error:
    print(error)
