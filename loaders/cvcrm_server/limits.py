"""The limit of requests by time.

Here: counting, and the block that follows too many. Not here: the answer.
"""

import threading
from collections import deque

from loaders.cvcrm_server.scenario import RateLimit


class Limiter:
    """Lets so many requests through within a window, then none for a while."""

    def __init__(self, limit: RateLimit) -> None:
        """Begin with an empty window."""
        self._limit = limit
        self._lock = threading.Lock()
        self._passed: deque[float] = deque()
        self._blocked_until = 0.0

    def refuse(self, now: float) -> float:
        """Count a request.

        Args:
            now: a monotonic time, seconds.

        Returns:
            Seconds that the block goes on; 0 if the request passes.
        """
        with self._lock:
            if now < self._blocked_until:
                return self._blocked_until - now
            while self._passed and self._passed[0] <= now - self._limit.window_s:
                self._passed.popleft()
            if len(self._passed) >= self._limit.requests:
                self._passed.clear()
                self._blocked_until = now + self._limit.block_s
                return self._limit.block_s
            self._passed.append(now)
            return 0.0
