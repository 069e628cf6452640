"""The loop: fitting a network, its history and evaluation, and the files a run leaves behind."""
