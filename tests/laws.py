"""How many examples each law is held against: all of them where everything is run, few on the way."""

import os

from hypothesis import HealthCheck, given, settings

OF_PROFILES = {"ci": 100, "dev": 10, "fast": 1}
"""What a plain `@given` draws: the percentage that `law` takes, too."""
IN_FULL = os.environ.get("TEST_PROFILE") == "ci"
"""Whether all of it is run, however long it takes: what only finds more of the same is left to such a run."""


def register_profiles() -> None:
    for name, examples in OF_PROFILES.items():
        settings.register_profile(
            name,
            max_examples=examples,
            derandomize=False,
            # How long an example takes is for the machine to say, not for a test.
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )


def law(examples: int) -> settings:
    """The settings of a law that needs so many examples, of which the profile at hand takes its part."""
    return settings(max_examples=max(5, examples * settings.default.max_examples // 100))


def drawn(strategy, examples=300):
    """What the strategy gives: the same at every run and in every profile, so that it can be counted."""
    found = []

    @settings(max_examples=examples, derandomize=True, database=None)
    @given(strategy)
    def draw(one):
        found.append(one)

    draw()
    return found
