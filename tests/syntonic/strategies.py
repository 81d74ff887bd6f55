"""Numbers for the tests: small ones, ones of up to 2,000 bits, and ones around the ends of machine words."""

from hypothesis.strategies import builds, integers, one_of, sampled_from

from emberharmony.syntonic import Golden

WORDS = (7, 15, 31, 53, 63, 127)

ends = builds(
    lambda bits, off, sign: sign * (2**bits + off), sampled_from(WORDS), integers(-2, 2), sampled_from([1, -1])
)
wholes = one_of(integers(-9, 9), ends, integers(-(2**64), 2**64), integers(-(2**2000), 2**2000))
ring = builds(Golden, wholes, wholes)
field = builds(Golden, wholes, wholes, wholes.filter(bool))
