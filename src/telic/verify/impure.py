"""What is known of names outside the user's own code: which are pure, and what the others do.

A table and nothing else; the longest entry that a name begins with counts, and a name without
an entry is not known. What may never be here: a look at code.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Impurity", "impurity_of"]


class Impurity(StrEnum):
    """Why a piece of code may not stand in a transition."""

    CLOCK = "clock"
    CHANCE = "chance"
    ACT = "act"
    ENVIRONMENT = "environment"
    MUTABLE = "mutable"
    WAITING = "waiting"
    UNCHECKED = "unchecked"
    IDENTITY = "identity"
    HASH_ORDER = "hash order"
    NOT_READ = "not read"


_PURE = """
abc annotated_types array ast.literal_eval base64 binascii bisect builtins cmath collections colorsys contextlib
copy copyreg dataclasses datetime decimal difflib enum fractions functools graphlib hashlib heapq hmac html
inspect.isclass ipaddress itertools json keyword math numbers operator os.PathLike os.fspath pathlib.PurePath
pathlib.PurePosixPath pathlib.PureWindowsPath pprint pydantic pydantic_core re statistics string struct telic
textwrap token types typing typing_extensions unicodedata urllib.parse uuid zlib
"""
_IMPURE = {
    Impurity.CLOCK: """
        datetime.datetime.now datetime.datetime.today datetime.datetime.utcnow datetime.date.today
        sched time uuid.uuid1 uuid.uuid6 uuid.uuid7 pendulum arrow
    """,
    Impurity.CHANCE: """
        os.urandom os.getrandom random secrets uuid.uuid4 uuid.getnode uuid.SafeUUID faker numpy.random
    """,
    Impurity.ACT: """
        aiohttp anyio asyncio boto3 builtins.breakpoint builtins.input builtins.open builtins.print celery codecs.open
        concurrent csv dbm django fcntl fileinput ftplib glob http httpx imaplib io logging loguru mmap multiprocessing
        os pathlib poplib psycopg psycopg2 queue redis requests select selectors shelve shutil signal smtplib socket
        socketserver sqlalchemy sqlite3 ssl structlog subprocess telic.adapters telic.cli telic.runtime telic.shell
        telic.stores telic.testing tempfile threading time.sleep trio urllib urllib3 warnings webbrowser xmlrpc
    """,
    Impurity.ENVIRONMENT: """
        decimal.getcontext decimal.localcontext getpass locale os._Environ os.environ os.environb os.getenv os.getcwd
        os.getlogin os.path os.cpu_count platform sys sysconfig zoneinfo
    """,
    Impurity.MUTABLE: "builtins.globals decimal.setcontext contextvars gc weakref",
    Impurity.UNCHECKED: """
        builtins.delattr builtins.object.__delattr__ builtins.object.__setattr__ builtins.setattr
        pydantic.main.BaseModel.__setattr__ pydantic.main.BaseModel.model_construct
    """,
    Impurity.IDENTITY: "builtins.hash builtins.id builtins.object.__hash__",
    Impurity.NOT_READ: "builtins.__import__ builtins.compile builtins.eval builtins.exec ctypes importlib",
}
_TABLE: dict[str, Impurity | None] = {
    **dict.fromkeys(_PURE.split()),
    **{name: impurity for impurity, names in _IMPURE.items() for name in names.split()},
}


def impurity_of(home: str, trusted: tuple[str, ...] = ()) -> Impurity | None:
    """Return why a name outside the user's code is impure, or ``None`` for a pure one.

    Args:
        home: Where the thing was defined, ``datetime.datetime.now``.
        trusted: Further modules that are known to be pure.
    """
    if any(home == one or home.startswith(f"{one}.") for one in trusted):
        return None
    at = home
    while at:
        if at in _TABLE:
            return _TABLE[at]
        at = at.rpartition(".")[0]
    return Impurity.NOT_READ
