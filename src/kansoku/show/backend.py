"""What stands behind the API and the page: whom they ask, and what the server lets them do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from kansoku.price.book import PriceBook
from kansoku.show.alerts import Watching
from kansoku.show.honesty import Intake
from kansoku.show.reload import Behind, Reloaded
from kansoku.show.reprice import Repricing
from kansoku.show.slos import Promises
from kansoku.show.tail import Tails
from kansoku.show.upkeep import Maintaining
from kansoku.store.port import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """What the application is given.

    Attributes:
        store: What is asked.
        demo: Whether the data is the demo workload's; it is then labelled so everywhere.
        honesty: Gives what receiving has to confess.
        clock: Gives the present in unix seconds.
        ready: Raises if nothing could be received now.
        repricing: Prices stored calls again, where the store can.
        maintaining: Runs a task of maintenance, where the store can.
        watching: What evaluates the alerts.
        promises: The objectives that are held to; those that ship where nothing is said.
        reload: Has the file of settings read again, where there is one.
        behind: Says what of the file of settings does not count, where there is one.
        tails: Who listens to the log; whoever gives it ends it.
        keyed: Whether who sends needs a key.
        book: The prices that dollars are reckoned by; those that ship where none is given.
    """

    store: Store
    demo: bool
    honesty: Callable[[], Awaitable[Intake]]
    clock: Callable[[], float]
    ready: Callable[[], Awaitable[None]] | None = None
    repricing: Repricing | None = None
    maintaining: Maintaining | None = None
    watching: Watching | None = None
    promises: Promises | None = None
    reload: Callable[[], Awaitable[Reloaded]] | None = None
    behind: Behind | None = None
    tails: Tails | None = None
    keyed: bool = False
    book: PriceBook = field(default_factory=PriceBook)
