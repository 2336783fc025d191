"""Articles by their words, whether their texts are in the index or not.

In: an archive's index, which may lack the texts or not be there at all, and the records.
Out: :class:`Found`.  A reader writes nothing: what is missing it reads itself.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import islice

from feedsvc.archive import records
from feedsvc.archive.tree import Tree
from feedsvc.catalogue.index import Index
from feedsvc.catalogue.search import Filter, Found, Order, Search
from feedsvc.catalogue.state import State
from feedsvc.errors import IndexMissing

_STEP = 500  # records a transaction while the whole is made
_FEW = 200  # records that take a moment
_BEST_OF = 2000  # articles that are held against one another without an index


def take_texts(
    state: State, tree: Tree, limit: int | None, progress: Callable[[int, int], None] | None
) -> None:
    """Take the texts that the index lacks into it, going on where it was cut off, with
    ``limit`` records at most; damaged ones are left out."""
    search = Search(state)
    if search.made:
        return
    folders, upto = tree.folders(), search.goes_on()
    left = [folder for folder in folders if folder >= upto // 1000]
    total = tree.count(folders)
    done = total - tree.count(left)
    paths = (one for folder in left for one in tree.within(folder) if one[0] > upto)
    wanted = paths if limit is None else islice(paths, limit)
    with state.roomy():
        while some := list(islice(wanted, _STEP)):
            reads = (records.read(path, article_id, lenient=True) for article_id, path in some)
            search.take((read[0] for read in reads if read), some[-1][0])
            done += len(some)
            if progress:
                progress(done, total)
        if next(paths, None) is None:
            search.takes_all()


class Finding:
    """Of one archive; ``state`` gives its index, or raises ``IndexMissing``."""

    def __init__(self, tree: Tree, state: Callable[[], State]) -> None:
        self._tree = tree
        self._state = state

    def made(self) -> Search | None:
        """The search index of the whole archive, if there is one; without it the records are
        read.  ``Archive.make_findable`` makes it."""
        try:
            search = Search(self._state())
        except IndexMissing:
            return None
        return search if search.made else None

    def find(
        self, text: str = "", which: Filter | None = None, how: Order = Order.NEWEST,
        *, limit: int | None = None,
    ) -> Iterator[Found]:  # fmt: skip
        """Articles whose headline, sub-headline, keywords or body hold all the words of
        ``text`` (all articles where it is empty), one after the other: there may be so many
        that nobody holds them all."""
        made = self.made()
        find = self._reading_all if made is None else made.find
        return find(text, which or Filter(), how, limit)

    def count(self, text: str, which: Filter, most: int) -> int:
        """How many :meth:`find` finds, counted up to ``most``."""
        made = self.made()
        if made is not None:
            return made.count(text, which, most)
        return sum(1 for _ in self.find(text, which, limit=most))

    def _reading_all(
        self, text: str, which: Filter, how: Order, limit: int | None
    ) -> Iterator[Found]:
        """Without an index: the records, some at a time.  The best are the best of the
        newest that hold the words."""
        if how is Order.BEST:
            found = self._reading_all(text, which, Order.NEWEST, _BEST_OF)
            yield from self._within([one.id for one in found], text, which, how, limit)
            return
        left = limit
        step = -1 if how is Order.NEWEST else 1
        for folder in self._tree.folders()[::step]:
            ids = [article_id for article_id, _ in self._tree.within(folder)][::step]
            while ids and left != 0:
                some, ids = ids[:_FEW], ids[_FEW:]
                for one in self._within(some, text, which, how, left):
                    left = None if left is None else left - 1
                    yield one

    def _within(
        self, ids: Iterable[int], text: str, which: Filter, how: Order, limit: int | None
    ) -> list[Found]:
        """Among these records; damaged ones are left out."""
        with closing(State.in_memory()) as state:
            search, index = Search(state), Index(state)
            search.takes_all()
            with state.transaction():
                for article_id in ids:
                    read = records.read(self._tree.record(article_id), article_id, lenient=True)
                    if read:
                        index.put(read[0])
            return list(search.find(text, which, how, limit))
