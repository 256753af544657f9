"""Whether a stamp can be one of this project's: anybody may have written the file that somebody was sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from include.errors import DataError
from include.names import quoted

if TYPE_CHECKING:
    from include.scoring.predictions import Stamp

_FORMS = {
    "model": (r"[a-z][a-z0-9_]*", "the name of a model"),
    "version": (r"[1-9][0-9]{0,8}", "the number of a version"),
    "partition": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "an ISO date"),
    "snapshot_md5": (r"[0-9a-f]{32}", "an md5 of 32 digits"),
    "registry_commit": (r"[0-9a-f]{40}", "a commit of 40 digits"),
    "training_run": (r"[0-9a-f]{32}", "an MLflow run id of 32 digits"),
}


def check_stamp(stamp: Stamp, where: str) -> Stamp:
    """Return a stamp whose fields look as this project writes them.

    What they say goes into requests, paths and git's own notation, so that one which could mean anything else
    there ends here.

    :param stamp: as the file has it.
    :param where: the file, for the message.
    :raises DataError: a field has another form.
    """
    for name, (form, expected) in _FORMS.items():
        value = getattr(stamp, name)
        if re.fullmatch(form, value, re.ASCII) is None:
            raise DataError(
                f"{where}: its stamp has the {name} {quoted(value)}; expected {expected}. This project did "
                "not write it, or somebody has changed it: ask whoever sent the file, or score its delivery "
                "again."
            )
    return stamp
