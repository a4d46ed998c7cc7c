"""The :class:`killswitches.drills.Driller` for the endpoints of the host project."""

from collections.abc import Callable, Iterable, Sequence

from killswitches.drills import Trial
from killswitches.registry import Switch
from sessions_api.http.switch_drills.endpoints import targets
from sessions_api.http.switch_drills.trials import Target

_sources: list[Callable[[Switch], Iterable[Target]]] = [targets]


def add(source: Callable[[Switch], Iterable[Target]]) -> None:
    """Have what ``source`` returns for a switch drilled as well; for plug-ins with a gate."""
    if source not in _sources:
        _sources.append(source)


class SwitchDriller:
    """Tries the endpoints of the API, the host's plain views, and what plug-ins add."""

    def drill(self, switch: Switch) -> Sequence[Trial]:
        """Try every endpoint that a switch closes, in order of the sources and paths."""
        return [target.under(switch) for source in _sources for target in source(switch)]
