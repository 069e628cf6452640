"""The book's own programs, by their own names, on gpunet's core.

`network`, `network2`, `network3`, `mnist_loader`, `expand_mnist`, `mnist_average_darkness` and
`mnist_svm` have the names, signatures, data and printed lines of the programs that Michael
Nielsen's *Neural Networks and Deep Learning* develops in chapters 1, 3 and 6. A reader changes the
import and nothing else. What the book keeps in lists of columns is kept so here; what takes time is
computed from matrices with one sample a row, by the steps of `gpunet.nn`.

Only this room uses the book's symbols: eta is η, lmbda is λ, nabla_b and nabla_w are ∂C/∂b, ∂C/∂w.
"""
