"""The words that ``./between`` understands."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from backend.launch import checks, chores, places, suites, trouble, trying
from backend.launch.trouble import Trouble
from backend.launch.up import up

_EXAMPLES = """\
Start here:   ./between up          and open http://127.0.0.1:8000/review/
Then:         ./between try         does the main job once, in another terminal
              ./between logins      says who can sign in
"""
#: These hand everything after them on, options too, to a program of their own.
_HANDED_ON: dict[str, tuple[str, str]] = {
    "test": (
        "[--quick] [pytest arguments]",
        "run the tests, on SQLite and on PostgreSQL where one answers; --quick is a first look",
    ),
    "bench": ("[arguments]", "measure the paths that people wait for"),
    "fake-fcm": ("[--port N]", "stand in for Firebase Cloud Messaging on this machine"),
    "sbom": ("[--output-file FILE]", "list what runs in production (CycloneDX)"),
    "lock": ("[--upgrade]", "write requirements*.txt anew from requirements*.in"),
}
#: These are commands of Django that work on a data folder, with a word of their own.
_MANAGED: dict[str, tuple[str, str]] = {
    "manage": ("COMMAND [arguments]", "run any Django command on a data folder"),
    "clinic": ("add NAME --time-zone ZONE | list", "add a clinic, or list those that are there"),
    "admin": (
        "add USERNAME | code USERNAME",
        "invite an administrator, or make a new code: prints it",
    ),
}
_OWN_DATA = "--data"
_HELP = ("-h", "--help")
#: Verbs whose program would tell of its own options, and nothing of these.
_EXPLAINED_HERE = ("test", "lock")


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; what goes wrong is said in one line."""
    environ = dict(os.environ)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return _chosen(list(arguments), environ)()
    except Trouble as fault:
        return _say(str(fault))
    except BrokenPipeError:
        # Whoever read us, ``head`` perhaps, has seen enough; Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _say(trouble.of_os_error(error))
    except KeyboardInterrupt:
        return _say("Stopped.", code=130)


def _say(fault: str, code: int = 1) -> int:
    sys.stderr.write(f"between: {fault}\n")
    return code


def _chosen(arguments: list[str], env: dict[str, str]) -> Callable[[], int]:
    """Find the work behind the words."""
    named, arguments = _without_data(arguments)
    data = Path(named or env.get("BETWEEN_DATA") or places.default_data()).expanduser().absolute()
    verb, rest = (arguments or ["--help"])[0], arguments[1:]
    if rest[:1] in ([word] for word in _HELP) and verb in (*_MANAGED, *_EXPLAINED_HERE):
        return _parsed(_parser().parse_args([verb, "--help"]), data, env)
    if verb in _HANDED_ON:
        handed = {
            "test": suites.test,
            "bench": chores.bench,
            "fake-fcm": chores.fake_fcm,
            "sbom": chores.sbom,
            "lock": chores.lock,
        }[verb]
        return lambda: handed(rest, inherited=env)
    if verb in _MANAGED and not rest:
        raise Trouble(f"Say what to do: ./between {verb} {_MANAGED[verb][0]}")
    if verb in _MANAGED:
        command = rest if verb == "manage" else [verb, *rest]
        return lambda: chores.manage(command, data=data, inherited=env)
    return _parsed(_parser().parse_args(arguments or ["--help"]), data, env)


def _without_data(arguments: list[str]) -> tuple[str, list[str]]:
    """Take ``--data DIR`` out of the words, wherever it stands: before the verb or behind it.

    What is handed on to another program keeps its own options.
    """
    named = ""
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--" or (kept and kept[0] in _HANDED_ON):
            kept += [word, *words]
        elif word.startswith(f"{_OWN_DATA}="):
            named = word.partition("=")[2]
        elif word == _OWN_DATA:
            named = next(words, "")
            if not named:
                raise Trouble("--data needs the name of a folder.")
        else:
            kept.append(word)
    return named, kept


def _parsed(asked: argparse.Namespace, data: Path, env: dict[str, str]) -> Callable[[], int]:
    work: dict[str, Callable[[], int]] = {
        "up": lambda: up(
            data=data, host=asked.host, port=asked.port, is_demo=not asked.no_demo, inherited=env
        ),
        "try": lambda: trying.try_it(data=data, address=asked.address),
        "logins": lambda: chores.show_logins(data=data, is_json=asked.json),
        "secrets": lambda: chores.show_secrets(asked.output),
        "demo": lambda: chores.demo(data=data, is_fresh=asked.fresh, inherited=env),
        "backup": lambda: chores.manage(["backup", asked.file], data=data, inherited=env),
        "restore": lambda: chores.manage(_restoring(asked), data=data, inherited=env),
        "migration": lambda: chores.migration(asked.app, asked.name, inherited=env),
        "check": lambda: checks.check(inherited=env),
        "fix": lambda: checks.fix(inherited=env),
    }
    return work[asked.verb]


def _restoring(asked: argparse.Namespace) -> list[str]:
    options = {"--drill": asked.drill, "--end-sign-ins": asked.end_sign_ins}
    named = [name for name, is_asked in options.items() if is_asked]
    return ["restore", asked.file, *named, *(["--newer", asked.newer] if asked.newer else [])]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./between",
        description="Between Sessions: everything one does with it, on one command.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", title="verbs")
    _add_running(verbs)
    for name, (rest, what) in (_MANAGED | _HANDED_ON).items():
        data = f"[{_OWN_DATA} DIR] " if name in _MANAGED else ""
        verbs.add_parser(name, help=what, usage=f"./between {name} {data}{rest}")
    verbs.add_parser("check", help="format, lint, types, imports, migrations, settings, schema")
    verbs.add_parser("fix", help="put right what the formatter and linter can")
    migration = verbs.add_parser("migration", help="write the migration that models are missing")
    migration.add_argument("app", metavar="APP", help="care, journaling or notifications")
    migration.add_argument("name", metavar="NAME", help="what changes, such as add_sleep_quality")
    _describe(verbs)
    return parser


def _describe(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Let the help of each verb begin with what the verb does."""
    for listed in verbs._get_subactions():
        told = listed.help or ""
        verbs.choices[listed.dest].description = f"{told[:1].upper()}{told[1:]}."


def _add_running(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs that work on a data folder."""
    folder = argparse.ArgumentParser(add_help=False)
    folder.add_argument(
        "--data", metavar="DIR", help="the data folder (default: BETWEEN_DATA, or ./data)"
    )
    start = verbs.add_parser("up", parents=[folder], help="install, migrate, load a demo, serve")
    start.add_argument("--port", type=int, default=8000, help="default 8000; 0 picks a free one")
    start.add_argument("--host", default="127.0.0.1", help="address to listen on")
    start.add_argument(
        "--no-demo", action="store_true", help="a clinic's own data: safe settings only"
    )
    logins = verbs.add_parser("logins", parents=[folder], help="who can sign in to the demo")
    logins.add_argument("--json", action="store_true", help="for programs")
    demo = verbs.add_parser(
        "demo", parents=[folder], help="load the demo clinic without serving it"
    )
    demo.add_argument("--fresh", action="store_true", help="delete it and load it as of today")
    backup = verbs.add_parser("backup", parents=[folder], help="write an encrypted backup")
    backup.add_argument("file", metavar="FILE", type=os.path.abspath, help="where to write it")
    restore = verbs.add_parser(
        "restore", parents=[folder], help="restore a backup where no data are, and verify it"
    )
    restore.add_argument("file", metavar="FILE", type=os.path.abspath, help="the backup")
    restore.add_argument(
        "--drill", action="store_true", help="restore beside the live data, verify, delete"
    )
    restore.add_argument("--end-sign-ins", action="store_true", help="let everybody sign in again")
    restore.add_argument(
        "--newer", metavar="PLACE", help="a newer copy of the data: what had ended there ends again"
    )
    again = verbs.add_parser(
        "try", parents=[folder], help="do the main job once on a running demo, step by step"
    )
    again.add_argument("--address", help="where it runs (default: the copy of this data folder)")
    secrets = verbs.add_parser("secrets", help="make secrets for services of one's own")
    secrets.add_argument("--output", metavar="FILE", help="write them there, for its owner alone")
