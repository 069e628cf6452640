"""What the book's chapter 6 uses of Theano, and no more: expressions that are computed later.

    from gpunet.book import theano
    from gpunet.book.theano import tensor as T

`shared` holds an array that may be changed; `function` makes a function of an expression. An
expression comes of variables (`T.lscalar()`, a network's `x`), shared arrays, operators, indexing
and NumPy's functions of single numbers; `eval` computes it. There are no gradients: those of
`network3` are computed by `gpunet.nn`.
"""

from gpunet.book.theano.expressions import Shared, function

__all__ = ["function", "shared"]

shared = Shared
