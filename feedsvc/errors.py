"""The error tree.  Each class carries what it is about and prints what failed,
where, and what to do.

Foreign errors become one of these at the boundary of the package that met them.
``exit_code`` is the contract's (section 2) where a class alone decides it; the
poll works out 0, 1 and 4 from what went through.
"""

from pathlib import Path

from feedsvc import regular
from feedsvc.text import one_line


class FeedsvcError(Exception):
    """Root of all errors that a user can do something about.

    ``about`` names the thing (an address, a file, an id); ``advice`` says what
    to do next.  ``str()`` is the one line that is printed.  What the site said may stand
    in each of them, and stands there without control characters.
    """

    exit_code = 1

    def __init__(self, message: str, *, about: str = "", advice: str = "") -> None:
        self.message = one_line(message)
        self.about = one_line(about)
        self.advice = one_line(advice)
        super().__init__(self.message)

    def __str__(self) -> str:
        line = f"{self.about}: {self.message}" if self.about else self.message
        return f"{line}; {self.advice}" if self.advice else line

    @property
    def lines(self) -> tuple[str, ...]:
        """What is printed where there is room for more than one line."""
        return (str(self),)


class ConfigError(FeedsvcError):
    """The configuration is refused; ``about`` is file:line.  ``others`` are the further
    reasons, each with its own file:line."""

    exit_code = 2

    def __init__(
        self, message: str, *, about: str = "", advice: str = "", others: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, about=about, advice=advice)
        self.others = others

    def __str__(self) -> str:
        more = f" (and {len(self.others)} more after it)" if self.others else ""
        return super().__str__() + more

    @property
    def lines(self) -> tuple[str, ...]:
        return (super().__str__(), *self.others)


class BadUsage(FeedsvcError):
    """What was asked for on the command line cannot be meant."""

    exit_code = 2


class CannotListen(FeedsvcError):
    """The server's address cannot be had now: another program listens there, the network
    is not up yet.  It may be had later, so that a service manager tries again."""

    exit_code = 4


class ArchiveLocked(FeedsvcError):
    """Another feedsvc holds the archive."""

    exit_code = 3


class ArchiveError(FeedsvcError):
    """The archive is damaged or of a newer format."""

    exit_code = 5


class DigestDamaged(ArchiveError):
    """A file of a digest cannot be read; articles and other digests are none the worse."""


class RecordDamaged(ArchiveError):
    """One article's record is damaged or gone; the others are none the worse."""


class ArchiveUnreadable(FeedsvcError):
    """A file of the archive may not be read by this user, or cannot be opened now."""


def unreadable(path: Path, error: OSError) -> FeedsvcError:
    """What to raise for a file of the archive that cannot be read: ``ArchiveError`` where
    something else stands in its place, else ``ArchiveUnreadable``."""
    about = str(error.filename or path)
    if isinstance(error, regular.NotRegular):
        return ArchiveError(str(error.strerror), about=about, advice=regular.advice(error))
    message = f"cannot be read: {error.strerror or error}"
    return ArchiveUnreadable(message, about=about, advice=regular.advice(error))


THE_REST = "; the next run completes the rest"


class ArchiveUnwritable(FeedsvcError):
    """A file of the archive could not be written: disk full, no permission.

    What was kept before is whole, and the next run completes the rest.
    """


class ArchiveShut(ArchiveUnwritable):
    """The archive could not even be opened to be written, by ``error``."""

    exit_code = 4

    def __init__(self, error: ArchiveUnwritable) -> None:
        advice = f"{error.advice.removesuffix(THE_REST)}; nothing can be kept until then"
        super().__init__(error.message, about=error.about, advice=advice)


class IndexMissing(FeedsvcError):
    """A reader would have to read a whole large archive: its index is not made yet."""


class Bug(FeedsvcError):
    """A mistake in the program, met while one thing was read: the others go on.  The
    ``__cause__`` is what was raised."""


class ClockWrong(FeedsvcError):
    """This machine's clock shows a time that cannot be: what it dates would be wrong for
    good, and no certificate would be valid."""

    exit_code = 4


class PublishError(FeedsvcError):
    """A feed could not be built or put in place; what was published stays."""


class FetchError(FeedsvcError):
    """A page could not be fetched; ``about`` is its address.

    ``site_down`` tells that the site as a whole does not serve us, so that asking
    for the next page is no use.
    """

    exit_code = 4
    """A command that such an error ends could do nothing; a poll counts it and goes on."""

    site_down = False


class RobotsForbid(FetchError):
    """robots.txt forbids the address, or cannot be read (RFC 9309, 2.3.1.4)."""


class LeftAlone(FetchError):
    """Not asked: the site failed before and is left alone for a while."""

    site_down = True


class Unreachable(FetchError):
    """No answer: one of the kinds below, or a network fault without a kind of its own."""


class NameNotFound(Unreachable):
    """The host has no address."""

    site_down = True


class ConnectionRefused(Unreachable):
    """Nothing listens there, or no way leads there."""

    site_down = True


class ConnectionBroken(Unreachable):
    """The connection was closed or reset before the answer was there."""


class TimedOut(Unreachable):
    """The site did not connect or answer in time."""


class TlsRefused(Unreachable):
    """No TLS connection: the handshake or the certificate was refused."""

    site_down = True


class Truncated(FetchError):
    """The answer ended before its end."""


class Malformed(FetchError):
    """The answer is none that HTTP knows: a status line, a header, a chunk, a coding."""


class EndlessRedirect(FetchError):
    """Redirects in a circle, or too many of them."""


class StatusRefused(FetchError):
    """The site answered with a status that is not success.

    ``status`` is the code, ``retry_after`` the seconds asked for or ``None``.
    """

    def __init__(
        self,
        message: str,
        *,
        about: str = "",
        advice: str = "",
        status: int,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, about=about, advice=advice)
        self.status = status
        self.retry_after = retry_after


class Blocked(FetchError):
    """A firewall or bot check stands before the site; ``status`` is that of its page."""

    status = 0


class LoginWanted(FetchError):
    """The site sent us to its login page."""


class OffSite(FetchError):
    """An address or redirect leads away from the site, or to a private address."""


class TooLarge(FetchError):
    """The answer is larger than ``http.max_size`` after decompression."""


class NotHtml(FetchError):
    """The answer is not a page at all (an image, a PDF)."""


class EmptyAnswer(NotHtml):
    """The site said all is well and sent nothing."""


class NotAnImage(FetchError):
    """The answer is none of the kinds of image that are kept, whatever it is called."""


class ParseError(FeedsvcError):
    """A page was fetched and cannot be read; ``about`` is its address."""


class NotAnArticle(ParseError):
    """The page is whole but no article: an error page, a login form, a notice."""


class AnotherArticle(NotAnArticle):
    """The page says that it is the article ``number`` and not the one that was asked for;
    ``title`` is its headline.  Which of them it is, the page of the other may tell."""

    def __init__(
        self, message: str, *, about: str = "", advice: str = "", number: int, title: str
    ) -> None:
        super().__init__(message, about=about, advice=advice)
        self.number = number
        self.title = title


class LoginForm(NotAnArticle):
    """The site's login form stands where the page should be, though no redirect said so."""


class ShortPage(NotAnArticle):
    """A page of few words, none of which say what it is."""


class LayoutUnknown(ParseError):
    """No known layout fits the page: the site has probably changed."""


class PageDoubtful(ParseError):
    """A learned layout on probation reads the page, and what it was never proved with
    stands there: the article is held."""


class FieldMissing(ParseError):
    """A layout fits but a field that every article has is not there."""
