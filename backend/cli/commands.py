"""The verbs of ./between, their options, and those that work on a data folder."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from backend.cli import (
    data_dir,
    database,
    dev_commands,
    paths,
    process_env,
    smoke_test,
    subprocesses,
    test_runner,
    venv,
)
from backend.cli.console import Console
from backend.cli.errors import CliError, describe_os_error
from backend.cli.up import run_service


def print_logins(*, data: Path, is_json: bool) -> int:
    """Print who can sign in to the demo."""
    people = data_dir.read_logins(data)
    screen = Console()
    if is_json:
        screen.say(json.dumps(people, indent=2))
    else:
        for line in data_dir.format_logins(people):
            screen.say(line)
    return 0


def write_secrets(output: str | None) -> int:
    """Write secrets for services that one starts oneself: printed, or in a file for its owner.

    :raises CliError: when the file is there already; nobody could read again what it opened.
    """
    lines = "".join(f"{name}={value}\n" for name, value in data_dir.generate_secrets().items())
    if output is None:
        Console().draw(lines)
        return 0
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CliError(f"{output} is there already, and stays as it is.") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    Console().say(f"{output} has new secrets. Keep a copy away from the database and its backups.")
    return 0


def prepare_demo(*, data: Path, is_fresh: bool, inherited: Mapping[str, str]) -> int:
    """Load the demo clinic into a folder, or load it anew as of today."""
    screen = Console()
    python = venv.ensure_venv(screen, inherited)
    folder = data_dir.prepare_data_dir(data, is_demo=True)
    env = process_env.env_for_service(folder, inherited)
    is_new = database.migrate_if_needed(python, folder, screen, env=env, is_afresh=is_fresh)
    database.load_demo_once(python, folder, screen, env=env, is_new=is_new)
    if is_fresh:
        database.load_demo(python, screen, env=env, is_fresh=True)
    screen.clear()
    return print_logins(data=data, is_json=False)


def run_django(arguments: Sequence[str], *, data: Path, inherited: Mapping[str, str]) -> int:
    """Run any Django command with the settings and secrets of a data folder.

    It runs where the caller stands, so that files are named from there.
    """
    folder = data_dir.open_data_dir(data)
    python = venv.ensure_venv(Console(), inherited)
    env = process_env.env_for_command(folder, inherited)
    if arguments[:1] not in (["restore"], ["migrate"]):
        database.require_existing_database(folder, env=env)
    return subprocesses.run_on_terminal(
        [python, "-m", "django", *arguments], env=env, cwd=Path.cwd()
    )


_EXAMPLES = """\
Start here:   ./between up          and open http://127.0.0.1:8000/review/
Then:         ./between try         does the main job once, in another terminal
              ./between logins      says who can sign in
"""
#: These hand everything after them on, options too, to a program of their own.
_PASSED_THROUGH_VERBS: dict[str, tuple[str, str]] = {
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
_DJANGO_VERBS: dict[str, tuple[str, str]] = {
    "manage": ("COMMAND [arguments]", "run any Django command on a data folder"),
    "clinic": ("add NAME --time-zone ZONE | list", "add a clinic, or list those that are there"),
    "admin": (
        "add USERNAME | code USERNAME",
        "invite an administrator, or make a new code: prints it",
    ),
}
_DATA_OPTION = "--data"
_HELP = ("-h", "--help")
#: Verbs whose program would tell of its own options, and nothing of these.
_VERBS_WITH_OWN_HELP = ("test", "lock")


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; what goes wrong is said in one line."""
    environ = dict(os.environ)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return _select_command(list(arguments), environ)()
    except CliError as fault:
        return _report_error(str(fault))
    except BrokenPipeError:
        # Whoever read us, ``head`` perhaps, has seen enough; Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _report_error(describe_os_error(error))
    except KeyboardInterrupt:
        return _report_error("Stopped.", code=130)


def _report_error(fault: str, code: int = 1) -> int:
    sys.stderr.write(f"between: {fault}\n")
    return code


def _select_command(arguments: list[str], env: dict[str, str]) -> Callable[[], int]:
    """Return the function and options of a command line."""
    named, arguments = _split_data_option(arguments)
    data = (
        Path(named or env.get("BETWEEN_DATA") or paths.default_data_dir()).expanduser().absolute()
    )
    verb, options = (arguments or ["--help"])[0], arguments[1:]
    if options[:1] in ([word] for word in _HELP) and verb in (
        *_DJANGO_VERBS,
        *_VERBS_WITH_OWN_HELP,
    ):
        return _command_of(_parser().parse_args([verb, "--help"]), data, env)
    if verb in _PASSED_THROUGH_VERBS:
        handed = {
            "test": test_runner.run_tests,
            "bench": dev_commands.run_bench,
            "fake-fcm": dev_commands.run_fake_fcm,
            "sbom": dev_commands.print_sbom,
            "lock": dev_commands.lock_requirements,
        }[verb]
        return lambda: handed(options, inherited=env)
    if verb in _DJANGO_VERBS and not options:
        raise CliError(f"Say what to do: ./between {verb} {_DJANGO_VERBS[verb][0]}")
    if verb in _DJANGO_VERBS:
        command = options if verb == "manage" else [verb, *options]
        return lambda: run_django(command, data=data, inherited=env)
    return _command_of(_parser().parse_args(arguments or ["--help"]), data, env)


def _split_data_option(arguments: list[str]) -> tuple[str, list[str]]:
    """Split ``--data DIR`` from the arguments, before the verb or behind it.

    What is handed on to another program keeps its own options.
    """
    named = ""
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--" or (kept and kept[0] in _PASSED_THROUGH_VERBS):
            kept += [word, *words]
        elif word.startswith(f"{_DATA_OPTION}="):
            named = word.partition("=")[2]
        elif word == _DATA_OPTION:
            named = next(words, "")
            if not named:
                raise CliError("--data needs the name of a folder.")
        else:
            kept.append(word)
    return named, kept


def _command_of(asked: argparse.Namespace, data: Path, env: dict[str, str]) -> Callable[[], int]:
    work: dict[str, Callable[[], int]] = {
        "up": lambda: run_service(
            data=data, host=asked.host, port=asked.port, is_demo=not asked.no_demo, inherited=env
        ),
        "try": lambda: smoke_test.run_smoke_test(data=data, address=asked.address),
        "logins": lambda: print_logins(data=data, is_json=asked.json),
        "secrets": lambda: write_secrets(asked.output),
        "demo": lambda: prepare_demo(data=data, is_fresh=asked.fresh, inherited=env),
        "backup": lambda: run_django(["backup", asked.file], data=data, inherited=env),
        "restore": lambda: run_django(_restore_arguments(asked), data=data, inherited=env),
        "migration": lambda: dev_commands.make_migration(asked.app, asked.name, inherited=env),
        "check": lambda: dev_commands.run_checks(inherited=env),
        "fix": lambda: dev_commands.apply_fixes(inherited=env),
    }
    return work[asked.verb]


def _restore_arguments(asked: argparse.Namespace) -> list[str]:
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
    _add_data_dir_verbs(verbs)
    for name, (rest, what) in (_DJANGO_VERBS | _PASSED_THROUGH_VERBS).items():
        data = f"[{_DATA_OPTION} DIR] " if name in _DJANGO_VERBS else ""
        verbs.add_parser(name, help=what, usage=f"./between {name} {data}{rest}")
    verbs.add_parser("check", help="format, lint, types, imports, migrations, settings, schema")
    verbs.add_parser("fix", help="put right what the formatter and linter can")
    migration = verbs.add_parser("migration", help="write the migration that models are missing")
    migration.add_argument("app", metavar="APP", help="care, journaling or notifications")
    migration.add_argument("name", metavar="NAME", help="what changes, such as add_sleep_quality")
    _set_descriptions(verbs)
    return parser


def _set_descriptions(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Set the description of each verb's help to what the verb does."""
    for listed in verbs._get_subactions():
        text = listed.help or ""
        verbs.choices[listed.dest].description = f"{text[:1].upper()}{text[1:]}."


def _add_data_dir_verbs(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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
