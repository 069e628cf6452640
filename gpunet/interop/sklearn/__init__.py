"""Networks as scikit-learn's estimators: imports it, so that `gpunet.interop` must not."""
