"""Peers that learn of a change by reading their configuration again."""

import threading
import time


class Reloader:
    """Makes changes one at a time, and of several that come meanwhile only the last: as the tools that template such
    configurations do."""

    def __init__(self, apply, pause):
        self._apply, self._pause = apply, pause
        self._wanted, self._done = threading.Event(), False
        self._state = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def change(self, state):
        self._state = state
        self._wanted.set()

    def _run(self):
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._done:
                return
            self._apply(self._state)
            time.sleep(self._pause)

    def close(self):
        self._done = True
        self._wanted.set()
        self._thread.join()
