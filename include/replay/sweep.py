"""Walk many settings through the past, in worker processes that share one cache."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from include.data.schema import labels_table
from include.replay.account import Account, take_account
from include.replay.cache import Cache
from include.replay.deliveries import Calendar
from include.replay.hindsight import Hindsight
from include.replay.models import Models
from include.replay.walked import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from include.config.schema import ModelConfig
    from include.lineage import SnapshotRef
    from include.replay.settings import Setting
    from include.replay.walked import Past, Walked


def walk_all(
    past: Past,
    settings: Sequence[Setting],
    *,
    workers: int = 1,
    report: Callable[[int, int, str], None] = lambda *_: None,
) -> list[Walked]:
    """Walk each setting; return what came of it, in their order.

    The first one is walked alone: most of what it computes the others find.

    :param past: what all have in common.
    :param settings: at least one.
    :param workers: processes; with more than one each uses one thread.
    :param report: called with how many are done, of how many, and the name of the one that ended last.
    """
    total, days = len(settings), len(past.days)
    walked_days = iter(range(1, days + 1))
    with threadpool_limits(1 if workers > 1 else None):
        first = walk(past, settings[0], lambda: report(0, total, f"day {next(walked_days)} of {days}"))
    report(1, total, settings[0].name)
    found = {0: first}
    with _pool(min(workers, total - 1)) as run:
        for done, (at, one) in enumerate(run(partial(_walk, past), settings[1:]), start=2):
            found[at + 1] = one
            report(done, total, one.setting.name)
    return [found[at] for at in range(total)]


def account_for(
    past: Past,
    walked: Sequence[Walked],
    config: ModelConfig,
    *,
    workers: int = 1,
    report: Callable[[int, int, str], None] = lambda *_: None,
) -> list[Account]:
    """Return what each setting would have come to, by all labels that are known at the end.

    :param past: what all have in common.
    :param walked: the settings; the one in force is the first.
    :param config: the configuration in force.
    :param workers: processes.
    :param report: called with how many deliveries have been scored, of how many, and by which model.
    """
    fitted = {one.model: one for each in walked for one in each.fitted}
    since = {
        name: min(one.since for each in walked for one in each.fitted if one.model == name) for name in fitted
    }
    refs = {served.ref.md5: served for each in walked for served in each.served}
    last = {md5: max(s.day for each in walked for s in each.served if s.ref.md5 == md5) for md5 in refs}
    pairs = [(name, refs[md5].ref) for md5 in refs for name in fitted if since[name] <= last[md5]]
    with _pool(workers) as run:
        for done, (_, name) in enumerate(run(partial(_predict, past, config), pairs), start=1):
            report(done, len(pairs), f"scores of model {name[:8]}")
    newest = past.days[-1]
    hindsight = Hindsight(
        config,
        Models(config, past.folder, Cache(past.cache)),
        fitted,
        local=past.deliveries.file,
        labels=Calendar(past.deliveries.versions).readable(labels_table(config), newest),
        as_of=newest,
    )
    return take_account(walked, hindsight, config.gate.confidence)


def _walk(past: Past, setting: Setting) -> Walked:
    return walk(past, setting)


def _predict(past: Past, config: ModelConfig, pair: tuple[str, SnapshotRef]) -> str:
    name, ref = pair
    Models(config, past.folder, Cache(past.cache)).predictions(name, ref, past.deliveries.file(ref))
    return name


class _pool:  # noqa: N801 - reads as a function
    """Runs a function on many inputs, and yields place and result as they end: here, or in processes."""

    def __init__(self, workers: int) -> None:
        self._pool: ProcessPoolExecutor | None = None
        if workers > 1:
            self._pool = ProcessPoolExecutor(
                workers, mp_context=multiprocessing.get_context("spawn"), initializer=_one_thread
            )

    def __enter__(self) -> Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[tuple[int, Any]]]:
        return self._run

    def __exit__(self, *raised: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=raised[0] is None, cancel_futures=True)

    def _run(self, function: Callable[[Any], Any], inputs: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        if self._pool is None:
            yield from ((at, function(one)) for at, one in enumerate(inputs))
            return
        waiting = {self._pool.submit(function, one): at for at, one in enumerate(inputs)}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def _one_thread() -> None:
    """Let this process compute with one thread: there is a process for each core."""
    import sklearn.ensemble  # noqa: F401 - loads the libraries whose threads are limited

    threadpool_limits(1)
