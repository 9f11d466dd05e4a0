"""The spool: durable before it returns, whole after a crash, honest when the disk refuses."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import shutil
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.errors import SettingError, SpoolUnavailable
from kansoku.receive.spool import Spool, SpoolLimits
from kansoku.store.segments import OPEN, READY, Layout, Signal, frames, new_name, varint

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

LATE = SpoolLimits(segment_s=3600.0, reserve_bytes=0)


def message(name: str) -> bytes:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name=name)
    return request.SerializeToString()


def framed(*messages: bytes) -> bytes:
    return b"".join(varint(len(one)) + one for one in messages)


def held(path: Path) -> list[bytes]:
    return [bytes(one) for one, _ in frames(memoryview(path.read_bytes()))]


def everything(layout: Layout) -> list[bytes]:
    return [one for path in sorted(layout.folder(Signal.TRACES).iterdir()) for one in held(path)]


@asynccontextmanager
async def opened(layout: Layout, limits: SpoolLimits = LATE) -> AsyncGenerator[Spool]:
    spool = Spool.open(layout, limits)
    try:
        yield spool
    finally:
        await spool.close()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_a_message_is_in_the_open_segment_when_append_returns(layout: Layout) -> None:
    async def run() -> None:
        async with opened(layout) as spool:
            await spool.append(Signal.TRACES, message("one"))
            (segment,) = layout.folder(Signal.TRACES).iterdir()
            assert segment.suffix == OPEN
            assert held(segment) == [message("one")]

    asyncio.run(run())


def test_requests_that_arrive_together_share_a_flush(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    flushes: list[int] = []
    flush = os.fdatasync

    def counted(descriptor: int) -> None:
        flushes.append(descriptor)
        flush(descriptor)

    monkeypatch.setattr(os, "fdatasync", counted)
    messages = [message(f"span {number}") for number in range(2500)]

    async def run() -> None:
        async with opened(layout) as spool:
            await asyncio.gather(*(spool.append(Signal.TRACES, one) for one in messages))

    asyncio.run(run())
    assert everything(layout) == messages
    assert len(flushes) <= 2


def test_a_full_segment_is_handed_over_and_the_next_one_opened(layout: Layout) -> None:
    async def run() -> None:
        limits = SpoolLimits(segment_bytes=100, segment_s=3600.0, reserve_bytes=0)
        async with opened(layout, limits) as spool:
            await spool.append(Signal.TRACES, message("x" * 200))
            await spool.append(Signal.TRACES, message("y"))
            names = sorted(path.suffix for path in layout.folder(Signal.TRACES).iterdir())
            assert names == [OPEN, READY]

    asyncio.run(run())
    assert len(layout.ready(Signal.TRACES)) == 2


def test_an_old_segment_is_handed_over_though_nothing_more_arrives(layout: Layout) -> None:
    async def run() -> None:
        limits = SpoolLimits(segment_s=0.01, reserve_bytes=0)
        async with opened(layout, limits) as spool, asyncio.timeout(10):
            await spool.append(Signal.LOGS, b"\x0a\x00")
            while not layout.ready(Signal.LOGS):
                await asyncio.sleep(0.005)

    asyncio.run(run())


def test_a_segment_that_follows_another_gathers_for_longer_than_one_after_a_rest(layout: Layout) -> None:
    async def run() -> None:
        limits = SpoolLimits(segment_s=0.01, unseen=1e6, reserve_bytes=0)
        async with opened(layout, limits) as spool, asyncio.timeout(10):
            lane = spool._lanes[Signal.TRACES]  # pyright: ignore[reportPrivateUsage]
            await spool.append(Signal.TRACES, message("the first is handed over soon"))
            while not layout.ready(Signal.TRACES) or lane._running:  # pyright: ignore[reportPrivateUsage]
                await asyncio.sleep(0)
            assert 9_900 < lane._wait_s() <= 10_000  # pyright: ignore[reportPrivateUsage]
            await spool.append(Signal.TRACES, message("the next waits"))
            due = lane._due  # pyright: ignore[reportPrivateUsage]
            assert due is not None
            assert due.when() - asyncio.get_running_loop().time() > 9_900
            lane._ended_at -= 10_000  # pyright: ignore[reportPrivateUsage]
            assert lane._wait_s() == 0.01  # pyright: ignore[reportPrivateUsage]

    asyncio.run(run())
    assert everything(layout) == [message("the first is handed over soon"), message("the next waits")]


def test_who_asks_has_what_waits_handed_over_at_once_and_what_comes_then_sooner(layout: Layout) -> None:
    async def run() -> None:
        limits = SpoolLimits(segment_s=0.01, apart=2e6, unseen=1e9, reserve_bytes=0)
        async with opened(layout, limits) as spool, asyncio.timeout(10):
            lane = spool._lanes[Signal.TRACES]  # pyright: ignore[reportPrivateUsage]
            await spool.append(Signal.TRACES, message("the first is handed over soon"))
            while not layout.ready(Signal.TRACES) or lane._running:  # pyright: ignore[reportPrivateUsage]
                await asyncio.sleep(0)
            await spool.append(Signal.TRACES, message("the next waits"))
            assert lane._wait_s() > 9_000_000  # pyright: ignore[reportPrivateUsage]
            spool.seen()
            due = lane._due  # pyright: ignore[reportPrivateUsage]
            assert due is not None
            assert 19_900 < due.when() - asyncio.get_running_loop().time() <= 20_000
            lane._ended_at -= 30_000  # pyright: ignore[reportPrivateUsage]
            spool.seen()
            assert lane._due is due, "the first question has hastened it already"  # pyright: ignore[reportPrivateUsage]
            lane.hasten()
            while len(layout.ready(Signal.TRACES)) < 2:
                await asyncio.sleep(0)

    asyncio.run(run())
    assert everything(layout) == [message("the first is handed over soon"), message("the next waits")]


@pytest.mark.parametrize(("waiting", "crowded_s", "segments"), [(3, 60.0, 1), (2, 60.0, 2), (3, 0.0, 5)])
def test_while_a_crowd_of_segments_waits_the_next_one_grows(
    layout: Layout, waiting: int, crowded_s: float, segments: int
) -> None:
    async def run() -> None:
        limits = SpoolLimits(segment_s=0.0, crowd=3, crowded_s=crowded_s, reserve_bytes=0)
        async with opened(layout, limits) as spool:
            folder = layout.folder(Signal.TRACES)
            for number in range(waiting):
                (folder / f"{number}{READY}").touch()
            for number in range(5):
                await spool.append(Signal.TRACES, message(f"span {number}"))
                await rung(spool)
        made = [path for path in folder.iterdir() if path.stat().st_size]
        assert len(made) == segments
        assert everything(layout) == [message(f"span {number}") for number in range(5)]

    asyncio.run(run())


async def rung(spool: Spool) -> None:
    """Returns once the timer of the traces' segment has rung, and what it asks for is done."""
    lane = spool._lanes[Signal.TRACES]  # pyright: ignore[reportPrivateUsage]
    due = lane._due  # pyright: ignore[reportPrivateUsage]
    while due is not None and lane._due is due:  # pyright: ignore[reportPrivateUsage]
        await asyncio.sleep(0)
    while lane._running is not None:  # pyright: ignore[reportPrivateUsage]
        await lane._running  # pyright: ignore[reportPrivateUsage]


def test_signals_do_not_share_segments(layout: Layout) -> None:
    async def run() -> None:
        async with opened(layout) as spool:
            await asyncio.gather(*(spool.append(signal, b"\x0a\x00") for signal in Signal))

    asyncio.run(run())
    assert [len(layout.ready(signal)) for signal in Signal] == [1, 1, 1]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EIO, "the disk fails"),
    ],
)
def test_a_write_that_fails_half_way_leaves_nothing_of_itself(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    write = os.writev

    def half(descriptor: int, parts: Sequence[bytes]) -> int:
        whole = b"".join(parts)
        write(descriptor, [whole[: len(whole) // 2]])
        raise OSError(number, os.strerror(number))

    async def run() -> None:
        async with opened(layout) as spool:
            await spool.append(Signal.TRACES, message("before"))
            with monkeypatch.context() as failing:
                failing.setattr(os, "writev", half)
                with pytest.raises(SpoolUnavailable, match=told):
                    await spool.append(Signal.TRACES, message("lost" * 100))
            await spool.append(Signal.TRACES, message("after"))

    asyncio.run(run())
    assert everything(layout) == [message("before"), message("after")]


def test_a_short_write_is_completed(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.writev

    def short(descriptor: int, parts: Sequence[bytes]) -> int:
        return write(descriptor, [b"".join(parts)[:7]])

    monkeypatch.setattr(os, "writev", short)

    async def run() -> None:
        async with opened(layout) as spool:
            await spool.append(Signal.TRACES, message("whole"))

    asyncio.run(run())
    assert everything(layout) == [message("whole")]


def test_a_flush_that_fails_is_not_acknowledged(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing_flush(_: int) -> None:
        raise OSError(errno.EIO, "flush")

    async def run() -> None:
        async with opened(layout) as spool:
            await spool.append(Signal.TRACES, message("before"))
            with monkeypatch.context() as failing:
                failing.setattr(os, "fdatasync", failing_flush)
                with pytest.raises(SpoolUnavailable, match="the disk fails"):
                    await spool.append(Signal.TRACES, message("lost"))

    asyncio.run(run())
    assert everything(layout) == [message("before")]


def test_a_file_size_limit_of_the_system_is_a_clear_refusal(layout: Layout) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def run() -> None:
        async with opened(layout) as spool:
            await spool.append(Signal.TRACES, message("before"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
            try:
                with pytest.raises(SpoolUnavailable, match="file size limit"):
                    await spool.append(Signal.TRACES, message("x" * 10_000))
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            await spool.append(Signal.TRACES, message("after"))

    asyncio.run(run())
    assert everything(layout) == [message("before"), message("after")]


def test_a_folder_that_vanished_is_refused_until_it_is_back(layout: Layout) -> None:
    folder = layout.folder(Signal.TRACES)

    async def run() -> None:
        async with opened(layout) as spool:
            await spool.append(Signal.TRACES, message("gone with the folder"))
            shutil.rmtree(folder)
            for _ in range(2):
                with pytest.raises(SpoolUnavailable, match="the folder is missing"):
                    await spool.append(Signal.TRACES, message("refused"))
            folder.mkdir()
            await spool.append(Signal.TRACES, message("back"))

    asyncio.run(run())
    assert everything(layout) == [message("back")]


def test_a_spool_over_its_limit_refuses_and_says_how_full_it_is(layout: Layout) -> None:
    layout.create()
    (layout.folder(Signal.LOGS) / f"{new_name(1)}{READY}").write_bytes(bytes(1001))

    async def run() -> None:
        async with opened(layout, SpoolLimits(total_bytes=1000, reserve_bytes=0)) as spool:
            with pytest.raises(SpoolUnavailable, match="holds 1001 of 1000 bytes"):
                await spool.append(Signal.TRACES, message("refused"))

    asyncio.run(run())


def test_the_room_kept_for_the_store_is_not_used(layout: Layout) -> None:
    async def run() -> None:
        async with opened(layout, SpoolLimits(reserve_bytes=1 << 62)) as spool:
            with pytest.raises(SpoolUnavailable, match="kept for the store"):
                await spool.append(Signal.TRACES, message("refused"))

    asyncio.run(run())
    assert everything(layout) == []


def test_a_torn_tail_is_cut_at_the_last_whole_message_wherever_the_crash_fell(
    layout: Layout,
) -> None:
    first, second = message("first" * 30), message("second")
    content = framed(first, second)
    layout.create()
    for length in range(len(content)):
        name = f"{length:020d}-0"
        (layout.folder(Signal.TRACES) / f"{name}{OPEN}").write_bytes(content[:length])
    asyncio.run(_open_and_close(layout))
    border = len(framed(first))
    recovered = {int(path.stem[:20]): held(path) for path in layout.ready(Signal.TRACES)}
    assert recovered == {length: [first] for length in range(border, len(content))}


@pytest.mark.parametrize("tail", [bytes(4096), b"\x05\xff\xff\xff\xff\xff", b"\x80" * 20])
def test_zeros_and_rubbish_after_a_power_cut_are_cut_off(layout: Layout, tail: bytes) -> None:
    layout.create()
    path = layout.folder(Signal.TRACES) / f"{new_name(1)}{OPEN}"
    path.write_bytes(framed(message("kept")) + tail)
    asyncio.run(_open_and_close(layout))
    (ready,) = layout.ready(Signal.TRACES)
    assert ready.read_bytes() == framed(message("kept"))


def test_a_request_stored_but_not_acknowledged_before_a_crash_is_not_stored_twice(
    layout: Layout,
) -> None:
    layout.create()
    path = layout.folder(Signal.TRACES) / f"{new_name(1)}{OPEN}"
    path.write_bytes(framed(message("sent again")))

    async def run() -> None:
        async with opened(layout) as spool:
            await spool.append(Signal.TRACES, message("sent again"))
            await spool.append(Signal.TRACES, message("new"))
            await spool.append(Signal.TRACES, message("new"))

    asyncio.run(run())
    assert everything(layout) == [message("sent again"), message("new"), message("new")]


def test_a_second_kansoku_on_the_same_folder_is_refused(layout: Layout) -> None:
    async def run() -> None:
        async with opened(layout):
            with pytest.raises(SettingError, match=r"another Kansoku uses.*--data-dir"):
                Spool.open(layout, LATE)

    asyncio.run(run())


def test_a_data_directory_that_cannot_be_made_names_the_flag(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingError, match="--data-dir"):
        Spool.open(Layout(tmp_path / "file" / "data"), LATE)


def test_segment_names_are_new_each_time_and_sort_by_time() -> None:
    names = [new_name(time) for time in (1, 1, 5, 10**19)]
    assert len(set(names)) == 4
    assert names == sorted(names, key=lambda name: int(name[:20]))


async def _open_and_close(layout: Layout) -> None:
    async with opened(layout):
        pass


def test_after_a_flush_that_failed_nothing_is_taken_until_its_bytes_are_cut_off(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second flush would succeed and tell nothing: the kernel forgot the pages."""

    def failing(*_: int) -> None:
        raise OSError(errno.EIO, "flush")

    def succeeding(_: int) -> None:
        return

    async def run() -> None:
        async with opened(layout) as spool:
            await spool.append(Signal.TRACES, message("before"))
            with monkeypatch.context() as broken:
                broken.setattr(os, "fdatasync", failing)
                broken.setattr(os, "ftruncate", failing)
                for _ in range(3):
                    with pytest.raises(SpoolUnavailable, match="the disk fails"):
                        await spool.append(Signal.TRACES, message("lost"))
                (segment,) = layout.folder(Signal.TRACES).iterdir()
                assert held(segment) == [message("before"), message("lost")]
                broken.setattr(os, "fdatasync", succeeding)
                with pytest.raises(SpoolUnavailable, match="the disk fails"):
                    await spool.append(Signal.TRACES, message("lost"))
            await spool.append(Signal.TRACES, message("lost"))

    asyncio.run(run())
    assert everything(layout) == [message("before"), message("lost")]


def test_a_segment_that_cannot_be_handed_over_is_so_once_the_disk_is_back(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    async def run() -> None:
        limits = SpoolLimits(segment_s=0.01, reserve_bytes=0)
        async with opened(layout, limits) as spool, asyncio.timeout(10):
            with monkeypatch.context() as failing:
                failing.setattr(os, "rename", read_only)
                await spool.append(Signal.TRACES, message("kept"))
                told = ""
                while not told:
                    try:
                        await spool.append(Signal.TRACES, message("next"))
                    except SpoolUnavailable as error:
                        told = str(error)
                    await asyncio.sleep(0.01)
                assert "the disk is read-only" in told
            while not layout.ready(Signal.TRACES):  # the timer comes back to it; nothing more arrives
                await asyncio.sleep(0.005)

    asyncio.run(run())
    assert message("kept") in everything(layout)
    assert not list(layout.folder(Signal.TRACES).glob(f"*{OPEN}"))


def test_an_unanswered_request_is_known_again_after_several_crashes(layout: Layout) -> None:
    layout.create()
    path = layout.folder(Signal.TRACES) / f"{new_name(1)}{OPEN}"
    path.write_bytes(framed(message("sent again")))
    asyncio.run(_open_and_close(layout))
    (ready,) = layout.ready(Signal.TRACES)
    ready.unlink()  # stored meanwhile
    for number in range(5):
        other = layout.folder(Signal.TRACES) / f"{new_name(2 + number)}{OPEN}"
        other.write_bytes(framed(message(f"of crash {number}")))
        asyncio.run(_open_and_close(layout))

    async def run() -> None:
        async with opened(layout) as spool:
            await spool.append(Signal.TRACES, message("sent again"))
            await spool.append(Signal.TRACES, message("of crash 0"))
            await spool.append(Signal.LOGS, message("sent again"))

    asyncio.run(run())
    assert everything(layout) == [message(f"of crash {number}") for number in range(5)]
    assert len(layout.ready(Signal.LOGS)) == 1


def test_digests_are_forgotten_after_a_while_and_their_files_too(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout.create()
    path = layout.folder(Signal.TRACES) / f"{new_name(1)}{OPEN}"
    path.write_bytes(framed(message("old")))

    async def run() -> None:
        async with opened(layout) as spool:
            assert list((layout.spool / "unsure").iterdir())
            now = time.monotonic()
            monkeypatch.setattr("kansoku.receive.unsure.time.monotonic", lambda: now + 901)
            await spool.append(Signal.TRACES, message("old"))

    asyncio.run(run())
    assert everything(layout) == [message("old")] * 2
    assert not list((layout.spool / "unsure").iterdir())


HOUR_NS = 3600 * 10**9
YEAR_NS = 366 * 24 * HOUR_NS


@pytest.mark.parametrize("jump", [-YEAR_NS, -HOUR_NS, 0, HOUR_NS, YEAR_NS])
def test_segment_names_keep_their_order_when_the_clock_jumps(layout: Layout, jump: int) -> None:
    now = 1_764_000_000 * 10**9
    times = iter((now, now + 5, now + 5 + jump, now + 6 + jump, now + 7))

    async def run() -> None:
        limits = SpoolLimits(segment_bytes=1, segment_s=3600.0, reserve_bytes=0)
        spool = Spool.open(layout, limits, clock=lambda: next(times))
        for number in range(5):
            await spool.append(Signal.TRACES, message(f"{number}"))
        await spool.close()

    asyncio.run(run())
    assert everything(layout) == [message(f"{number}") for number in range(5)]
    assert len({path.name[:20] for path in layout.ready(Signal.TRACES)}) == 5


def test_segment_names_go_on_after_a_restart_with_a_clock_that_fell_back(layout: Layout) -> None:
    async def run(clock: int, name: str) -> None:
        spool = Spool.open(layout, LATE, clock=lambda: clock)
        await spool.append(Signal.TRACES, message(name))
        await spool.close()

    asyncio.run(run(YEAR_NS * 2, "first"))
    asyncio.run(run(YEAR_NS, "second"))
    assert everything(layout) == [message("first"), message("second")]


def test_waiting_and_age_do_not_ask_the_clock_that_people_set(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment is handed over when it is old by the clock that never jumps."""
    limits = SpoolLimits(segment_s=0.05, reserve_bytes=0)

    async def run() -> None:
        async with opened(layout, limits) as spool, asyncio.timeout(10):
            await spool.append(Signal.TRACES, message("one"))
            monkeypatch.setattr("time.time", lambda: 0.0)
            monkeypatch.setattr("time.time_ns", lambda: 0)
            while not layout.ready(Signal.TRACES):
                await asyncio.sleep(0.005)

    asyncio.run(run())
