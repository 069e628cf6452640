"""What an array of NumPy's is called in annotations."""

from typing import Any

import numpy as np

HostArray = np.ndarray[Any, Any]
