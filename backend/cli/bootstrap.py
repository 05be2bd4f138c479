"""What ``./between`` does first, by the standard library alone: have click, then do the verb."""

import importlib.util
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.cli import venv
from backend.cli.console import CliError, Console, describe_os_error

#: Every verb with what it does. ``backend/cli/commands.py`` gives each its options.
VERBS = {
    "up": "install, migrate, load a demo, serve",
    "logins": "who can sign in to the demo",
    "try": "do the main job once on a running demo, step by step",
    "demo": "load the demo clinic without serving it",
    "clinic": "add a clinic, list those that are there, or set whom safety events call",
    "admin": "invite an administrator, make a new code, or take a second factor away",
    "manage": "run any Django command on a data folder",
    "backup": "write an encrypted backup",
    "restore": "restore a backup where no data are, and verify it",
    "secrets": "make secrets for services of one's own",
    "test": "run the tests, on SQLite and on PostgreSQL where one answers; --quick is a first look",
    "check": "format, lint, types, imports, migrations, settings, schema",
    "fix": "put right what the formatter and linter can",
    "bench": "measure the paths that people wait for",
    "migration": "write the migration that models are missing",
    "lock": "write requirements*.txt anew from requirements*.in",
    "sbom": "list what runs in production (CycloneDX)",
    "fake-fcm": "stand in for Firebase Cloud Messaging on this machine",
}
TITLE = "Between Sessions: everything one does with it, on one command."
EXAMPLES = """\
Start here:   ./between up          and open http://127.0.0.1:8000/review/
Then:         ./between try         does the main job once, in another terminal
              ./between logins      says who can sign in
"""
HELP_OPTIONS = ("-h", "--help")


def main(arguments: Sequence[str]) -> int:
    """Do what was asked; what goes wrong is said in one line."""
    environ = dict(os.environ)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if not _find_click(environ):
            if not arguments or arguments[0] in HELP_OPTIONS:
                return _print_verbs()
            # What is printed for a program to read stays free of our progress.
            screen = Console(sys.stdout if arguments[0] == "up" else sys.stderr)
            home = Path(venv.ensure_venv(screen, environ)).parent.parent
            if not _find_click(environ):
                raise CliError(
                    f"{home} lacks the packages of requirements.txt: install them there."
                )
        from backend.cli import commands  # noqa: PLC0415 (it imports click)

        return commands.run(arguments, environ)
    except CliError as fault:
        return _report_error(str(fault), fault.exit_code)
    except BrokenPipeError:
        # Whoever read us, ``head`` perhaps, has seen enough; Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _report_error(describe_os_error(error))
    except KeyboardInterrupt:
        return _report_error("Stopped.", code=130)


def _find_click(env: Mapping[str, str]) -> bool:
    """Make the packages of the virtual environment importable; return whether click is there.

    Its Python is ours, of the same version: no second one needs to be started.
    """
    home = Path(env.get(venv.READY_MADE_VENV) or venv.DEFAULT_VENV)
    for packages in sorted(home.glob("lib/python3.*/site-packages")):
        if str(packages) not in sys.path:
            sys.path.insert(1, str(packages))
    importlib.invalidate_caches()
    return importlib.util.find_spec("click") is not None


def _print_verbs() -> int:
    """List the verbs as click does, where it is not installed yet."""
    width = max(map(len, VERBS))
    lines = [f"  {verb:<{width}}  {what}" for verb, what in VERBS.items()]
    text = "\n".join(["Usage: ./between VERB …", "", f"  {TITLE}", "", "Verbs:", *lines, ""])
    Console().say(f"{text}\n{EXAMPLES}")
    return 0


def _report_error(fault: str, code: int = 1) -> int:
    sys.stderr.write(f"between: {fault}\n")
    return code
