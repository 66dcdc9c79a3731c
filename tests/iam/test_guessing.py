"""How guessing is slowed."""

from bailiwick.iam.guessing import pause_seconds


def test_the_first_wrong_ones_cost_nothing_and_then_each_doubles_the_pause_up_to_a_quarter_of_an_hour() -> None:
    pauses = [pause_seconds(failures) for failures in range(12)]

    assert pauses == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert pause_seconds(10**6) == 900
