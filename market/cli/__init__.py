"""The one executable: ``market serve | work | migrate | demo | check | seal | mails | …``.

Messages for people go to stderr, results to stdout. Exit codes: 0 done, 1 refused or at fault,
2 cannot start (settings, database, migrations). A module for each group of commands; ``database``
says which of them may make a database, ``telling`` how a refusal is told.
"""

from __future__ import annotations

import click

import market
from market.cli import (
    administrators,
    audits,
    backups,
    exports,
    letters,
    offerings,
    processes,
    story,
)
from market.cli.usage import Bilingual


@click.group(cls=Bilingual, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(market.__version__)
def main() -> None:
    """四技服务市场 · a technology-services marketplace for a workers' technical association.

    \b
    market demo            演示：一座城市的主流程  play a city's main job
    market serve           启动服务  serve the API on 127.0.0.1:8000
    market check           审计全部账目  audit everything from the tables alone

    \b
    各命令的说明 help on each: market COMMAND --help
    """


for each in (
    story.demo,
    processes.serve,
    processes.work,
    processes.migrate,
    administrators.create_administrator,
    offerings.import_offerings,
    exports.export,
    letters.mails,
    audits.check,
    audits.seal,
    backups.back_up,
    backups.restore,
):
    main.add_command(each)
