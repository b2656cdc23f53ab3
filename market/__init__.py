"""The market of a workers' technical association: from an offering to reconciled revenue.

`market/README.md` is the map of the rooms and the reasons for their order.
"""

from typing import Final

__version__: Final = "0.1.0"
