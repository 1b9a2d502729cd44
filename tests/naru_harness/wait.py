"""Waiting for what must come, without guessing how long it takes."""

import time


def until(condition, what, timeout=15.0, interval=0.005):
    """Polls `condition` until it gives something true, and returns that. Its exceptions count as "not yet"."""
    end = time.monotonic() + timeout
    last = None
    while True:
        try:
            last = condition()
            if last:
                return last
        except Exception as error:  # noqa: BLE001 - whatever it is, it may be better the next time
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout:g} s: {what} (last: {last!r})")
        time.sleep(interval)


def stays(condition, what, seconds=1.0, interval=0.05):
    """Asserts that `condition` holds, and goes on holding, for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"did not stay so: {what}"
        time.sleep(interval)
