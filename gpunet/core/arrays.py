"""The type of a NumPy array in annotations."""

from typing import Any

import numpy as np

HostArray = np.ndarray[Any, Any]
