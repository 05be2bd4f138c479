"""The verbs of ./between and their options, on click, and those that work on a data folder."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from backend.cli import (
    data_dir,
    database,
    dev_commands,
    paths,
    smoke_test,
    test_runner,
)
from backend.cli.bootstrap import EXAMPLES, HELP_OPTIONS, TITLE, VERBS
from backend.cli.console import CliError, Console
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


_DATA_OPTION = "--data"
#: These hand everything after them on, options too, to a program of their own.
_PASSED_THROUGH_VERBS = ("test", "bench", "fake-fcm", "sbom", "lock")


def _words(name: str) -> dict[str, Any]:
    """Return what a verb says of itself: a line of the list, and the sentence of its own help."""
    what = VERBS[name]
    return {"short_help": what, "help": f"{what[:1].upper()}{what[1:]}."}


@dataclass(frozen=True)
class Caller:
    """Who asks: the data folder that is meant, and the environment."""

    data: Path
    env: dict[str, str]


class UsageFault(CliError):
    """A command line that is none."""

    exit_code = 2


class HandingVerb(click.Command):
    """A verb that hands all that follows it to a program of its own, which knows its options.

    ``--help`` as the first word is answered here where ``rest`` says what may follow; else the
    program has a help of its own to show.
    """

    def __init__(self, name: str, *, rest: str, **options: Any) -> None:
        self.rest = rest
        super().__init__(
            name, options_metavar=rest, add_help_option=False, **_words(name), **options
        )

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the arguments as they are."""
        if self.rest and args[:1] in ([option] for option in HELP_OPTIONS):
            click.echo(ctx.get_help())
            ctx.exit()
        ctx.args = args
        return args


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs in the order of ``VERBS``."""
        return [verb for verb in VERBS if verb in self.commands]


@click.group(
    cls=_Verbs,
    help=TITLE,
    epilog=f"\b\n{EXAMPLES}",
    subcommand_metavar="VERB …",
    options_metavar="",
    context_settings={"help_option_names": list(HELP_OPTIONS), "max_content_width": 100},
)
def between() -> None:
    """Choose one of the verbs."""


def run(arguments: Sequence[str], env: dict[str, str]) -> int:
    """Do what a command line asks for; return the exit code.

    :raises CliError: in one line, when it can't be done.
    """
    named, words = _split_data_option(arguments)
    data = named or env.get("BETWEEN_DATA") or paths.default_data_dir()
    try:
        code: int | None = between.main(
            words or ["--help"],
            prog_name="./between",
            standalone_mode=False,
            obj=Caller(Path(data).expanduser().absolute(), env),
        )
    except click.ClickException as fault:
        raise UsageFault(
            f"{fault.format_message()} ./between --help lists what there is."
        ) from None
    except click.Abort:
        raise KeyboardInterrupt from None
    return code or 0


def _split_data_option(arguments: Sequence[str]) -> tuple[str, list[str]]:
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


def _verb(name: str) -> Callable[[Callable[..., int]], click.Command]:
    return between.command(name, **_words(name))


#: For the help alone: ``_split_data_option`` takes it wherever it stands.
_data = click.option(
    _DATA_OPTION, metavar="DIR", expose_value=False,
    help="the data folder (default: BETWEEN_DATA, or ./data)",
)  # fmt: skip
_file = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))


@_verb("up")
@_data
@click.option("--port", type=int, default=8000, help="default 8000; 0 picks a free one")
@click.option("--host", default="127.0.0.1", help="address to listen on")
@click.option("--no-demo", is_flag=True, help="a clinic's own data: safe settings only")
@click.pass_obj
def _up(caller: Caller, port: int, host: str, *, no_demo: bool) -> int:
    return run_service(
        data=caller.data, host=host, port=port, is_demo=not no_demo, inherited=caller.env
    )


@_verb("logins")
@_data
@click.option("--json", "is_json", is_flag=True, help="for programs")
@click.pass_obj
def _logins(caller: Caller, *, is_json: bool) -> int:
    return print_logins(data=caller.data, is_json=is_json)


@_verb("try")
@_data
@click.option("--address", help="where it runs (default: the copy of this data folder)")
@click.pass_obj
def _try(caller: Caller, address: str | None) -> int:
    return smoke_test.run_smoke_test(data=caller.data, address=address)


@_verb("demo")
@_data
@click.option("--fresh", is_flag=True, help="delete it and load it as of today")
@click.pass_obj
def _demo(caller: Caller, *, fresh: bool) -> int:
    database.prepare_demo(data=caller.data, is_fresh=fresh, inherited=caller.env)
    return print_logins(data=caller.data, is_json=False)


@_verb("backup")
@_data
@_file
@click.pass_obj
def _backup(caller: Caller, file: Path) -> int:
    return database.run_django(
        ["backup", "write", str(file.absolute())], data=caller.data, inherited=caller.env
    )


@_verb("restore")
@_data
@_file
@click.option("--drill", is_flag=True, help="restore beside the live data, verify, delete")
@click.option("--end-sign-ins", is_flag=True, help="let everybody sign in again")
@click.option(
    "--newer", metavar="PLACE", help="a newer copy of the data: what had ended there ends again"
)
@click.pass_obj
def _restore(
    caller: Caller,
    file: Path,
    newer: str | None,
    *,
    drill: bool,
    end_sign_ins: bool,
) -> int:
    asked = {"--drill": drill, "--end-sign-ins": end_sign_ins}
    command = ["backup", "restore", str(file.absolute())]
    command += [name for name, is_asked in asked.items() if is_asked]
    command += ["--newer", newer] if newer else []
    return database.run_django(command, data=caller.data, inherited=caller.env)


@_verb("secrets")
@click.option("--output", metavar="FILE", help="write them there, for its owner alone")
def _secrets(output: str | None) -> int:
    return data_dir.write_secrets(output)


@_verb("migration")
@click.argument("app", metavar="APP")
@click.argument("name", metavar="NAME")
@click.pass_obj
def _migration(caller: Caller, app: str, name: str) -> int:
    return dev_commands.make_migration(app, name, inherited=caller.env)


@_verb("check")
@click.pass_obj
def _check(caller: Caller) -> int:
    return dev_commands.run_checks(inherited=caller.env)


@_verb("fix")
@click.pass_obj
def _fix(caller: Caller) -> int:
    return dev_commands.apply_fixes(inherited=caller.env)


def _add_handing_verb(name: str, rest: str, hand: Callable[[list[str], Caller], int]) -> None:
    @click.pass_context
    def callback(ctx: click.Context) -> int:
        return hand(ctx.args, ctx.obj)

    between.add_command(HandingVerb(name, rest=rest, callback=callback))


def _run_program(program: Callable[[], Callable[..., int]]) -> Callable[[list[str], Caller], int]:
    return lambda args, caller: program()(args, inherited=caller.env)


def _run_word_of_django(name: str, rest: str) -> Callable[[list[str], Caller], int]:
    """Return what runs a command of Django that has a word of its own here, or any (manage)."""

    def hand(args: list[str], caller: Caller) -> int:
        if not args:
            raise CliError(f"Say what to do: ./between {name} {rest}")
        command = args if name == "manage" else [name, *args]
        return database.run_django(command, data=caller.data, inherited=caller.env)

    return hand


for _name, _rest in (
    ("manage", "COMMAND [arguments]"),
    ("clinic", "add NAME --time-zone ZONE | list | safety"),
    ("admin", "add USERNAME | code USERNAME | reset-factor USERNAME"),
):
    _add_handing_verb(_name, f"[--data DIR] {_rest}", _run_word_of_django(_name, _rest))
for _name, _rest, _program in (
    ("test", "[--quick] [pytest arguments]", lambda: test_runner.run_tests),
    ("lock", "[--upgrade]", lambda: dev_commands.lock_requirements),
    ("bench", "", lambda: dev_commands.run_bench),
    ("fake-fcm", "", lambda: dev_commands.run_fake_fcm),
    ("sbom", "", lambda: dev_commands.print_sbom),
):
    _add_handing_verb(_name, _rest, _run_program(_program))
