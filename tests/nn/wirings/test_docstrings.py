"""The examples of the wirings run."""

import doctest

import pytest

from emberharmony.nn import wirings
from emberharmony.nn.wirings import Wiring

PUBLIC = [getattr(wirings, name) for name in wirings.__all__]


@pytest.mark.parametrize("cls", PUBLIC)
def test_the_example_runs(cls):
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    for case in doctest.DocTestFinder().find(cls, globs={name: getattr(wirings, name) for name in wirings.__all__}):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries


def test_the_example_of_an_error_shows_the_message_that_is_raised():
    shown = Wiring.validate.__doc__ or ""
    with pytest.raises(ValueError, match="no input reaches") as caught:
        Wiring(units=2, inputs=1, outputs=1, sensory=[(0, 1, 1)]).validate()
    for line in str(caught.value).splitlines():
        assert line in shown
