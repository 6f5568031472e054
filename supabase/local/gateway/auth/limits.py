"""How often one address may do something. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class HourlyLimit:
    """A bucket for each address that refills evenly over an hour."""

    per_hour: int
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    def allows(self, address: str, now: float) -> bool:
        """Take one from the bucket; False when it is empty."""
        level, filled_at = self._buckets.get(address, (float(self.per_hour), now))
        level = min(float(self.per_hour), level + (now - filled_at) * self.per_hour / 3600)
        if level < 1:
            return False
        if len(self._buckets) >= MOST_ADDRESSES:
            self._buckets.clear()
        self._buckets[address] = (level - 1, now)
        return True
