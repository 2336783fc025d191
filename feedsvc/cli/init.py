"""``feedsvc init``: a commented configuration to start from."""

from __future__ import annotations

import os

import click

from feedsvc.cli.options import config_path, start_logs, with_common_options
from feedsvc.errors import ConfigError


@click.command("init")
@click.option(
    "--site",
    type=click.Choice(["dealsite", "plus", "tv"]),
    default="dealsite",
    show_default=True,
    help="Which of the sister sites it is to poll.",
)
@with_common_options
def command(site: str) -> None:
    """Write a commented config.yaml here; never over an existing one."""
    start_logs()

    from feedsvc import config

    path = config.find(config_path())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(config.default_text(site))
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise ConfigError(
            "exists already and is left as it is",
            about=str(path),
            advice="remove it first, or write elsewhere with --config PATH",
        ) from None
    except PermissionError:
        raise ConfigError(
            "may not be written",
            about=str(path),
            advice="give the user who runs feedsvc the right to it, or choose another place with "
            "--config PATH",
        ) from None
    except OSError as error:
        raise ConfigError(
            f"cannot be written: {error.strerror}",
            about=str(path),
            advice="choose another place with --config PATH",
        ) from error
    click.echo(f"{path} written; look it over, then 'feedsvc check' and 'feedsvc poll'")
